from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from avatar_core import cli
from avatar_core.cli import bench, doctor, render
from avatar_core.errors import AssetError, Cancelled
from avatar_core.io.project_file import SavedProject, save_project
from avatar_core.project import Project

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["render"],
        ["import-mega"],
        ["export"],
        ["train-mega"],
        ["evaluate"],
        ["doctor"],
        ["bench"],
    ],
)
def test_help_is_given_for_everything(command, capsys):
    assert cli.main([*command, "--help"]) == 0

    assert "usage: main.py" in capsys.readouterr().out


def test_the_help_says_how_the_window_is_opened(capsys):
    cli.main(["--help"])

    text = capsys.readouterr().out
    assert "window with the demo project" in text
    for name in ("render", "import-mega", "export", "doctor", "bench"):
        assert name in text


def test_names_of_files_that_are_no_text_are_told(monkeypatch, tmp_path):
    """Terminals take text alone, and so does a pipe where the locale says UTF-8."""
    path, film = tmp_path / "a.studio", tmp_path / "film \udcff.mp4"
    save_project(SavedProject(Project(source=f"file:{film}")), path)
    screen = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", screen)

    assert cli.main(["relink", str(path), "--in", str(tmp_path)]) == 1

    screen.seek(0)
    assert r"film \udcff.mp4: not found" in screen.read()


def test_the_installed_command_calls_itself_by_its_name(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/avatar-studio", "--help"])

    cli.main(["--help"])

    text = capsys.readouterr().out
    assert text.startswith("usage: avatar-studio")
    assert "avatar-studio FILE.studio" in text


@pytest.mark.parametrize("arguments", [[], ["dance"], ["render"], ["bench", "--fast"]])
def test_wrong_arguments_end_with_2_and_the_usage(arguments, capsys):
    assert cli.main(arguments) == 2

    assert "usage: main.py" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    assert cli.main(["--version"]) == 0

    assert capsys.readouterr().out.startswith("Avatar Studio")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (AssetError("The file is gone.", "Look for it."), 2, "The file is gone. Look for it.\n"),
        (Cancelled(), 130, "Stopped.\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
    ],
)
def test_what_the_user_can_put_right_is_one_sentence(monkeypatch, capsys, error, status, said):
    def fail(arguments):
        raise error

    monkeypatch.setattr(doctor, "run", fail)

    assert cli.main(["doctor"]) == status
    assert capsys.readouterr().err == said


def test_a_fault_goes_to_the_log_with_its_trace(monkeypatch, caplog):
    def fail(arguments):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(doctor, "run", fail)

    assert cli.main(["doctor"]) == 1
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_call_without_work_loads_no_heavy_library():
    script = (
        "import sys; from avatar_core import cli; cli.main(['--help']); "
        "heavy = {'torch', 'av', 'cv2', 'moderngl', 'numba', 'PySide6', 'ai_edge_litert'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_every_command_has_its_module():
    assert all(hasattr(module, "add_to") for module in (bench, doctor, render))


def test_a_reader_that_has_heard_enough_is_no_fault():
    with subprocess.Popen(
        [sys.executable, "main.py", "doctor"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdout.readline()
        command.stdout.close()
        complaints = command.stderr.read()
    assert b"Traceback" not in complaints
    assert b"Exception ignored" not in complaints
