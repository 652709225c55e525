from __future__ import annotations

import json
from importlib import metadata

import pytest
import torch

from avatar_core import cli
from avatar_core.cli import health
from avatar_core.cli.health import CHECKS, Finding, Health, examine
from avatar_core.errors import RenderError
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.raster import gsplat_backend


@pytest.fixture
def checks(monkeypatch):
    """Use these checks in the place of the real ones."""

    def use(**chosen) -> None:
        monkeypatch.setattr(health, "CHECKS", chosen)

    return use


def good(name: str) -> Finding:
    return Finding(name, Health.GOOD, "all there")


def limited(name: str) -> Finding:
    return Finding(name, Health.LIMITED, "none", "Connect one.")


def refused(name: str) -> Finding:
    raise RenderError("No context.", "Install the driver.")


def broken(name: str) -> Finding:
    raise ImportError("libsomething.so is missing")


def test_a_failing_check_is_a_finding_and_the_others_are_made(checks):
    checks(first=refused, second=broken, third=good)

    findings = examine()

    assert [finding.health for finding in findings] == [Health.BAD, Health.BAD, Health.GOOD]
    assert findings[0].detail == "No context."
    assert "libsomething.so" in findings[1].detail
    assert all(finding.hint for finding in findings[:2])


def test_what_only_limits_is_no_failure(checks, capsys):
    checks(opengl=good, cameras=limited)

    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ok", "opengl", "all", "there"]
    assert lines[1].split() == ["note", "cameras", "none"]
    assert lines[2].strip() == "Connect one."


def test_what_stops_the_studio_fails(checks, capsys):
    checks(opengl=refused)

    assert cli.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "name": "opengl",
            "health": "bad",
            "detail": "No context.",
            "hint": "Install the driver.",
        }
    ]


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in ("opengl", "cameras")])
def test_the_checks_look_at_the_real_machine(name):
    finding = CHECKS[name](name)

    assert finding.name == name
    assert finding.detail
    assert finding.health is Health.GOOD or finding.hint


@pytest.mark.parametrize(
    ("cuda", "gsplat", "health", "detail"),
    [
        (False, True, Health.LIMITED, "no CUDA device"),
        (True, False, Health.LIMITED, "A card, without gsplat"),
        (True, True, Health.GOOD, "A card, gsplat 1.5.3"),
    ],
)
def test_the_card_and_what_draws_on_it_are_named(cuda, gsplat, health, detail, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A card")
    monkeypatch.setattr(gsplat_backend, "is_installed", lambda: gsplat)
    monkeypatch.setattr(metadata, "version", lambda _: "1.5.3")

    finding = CHECKS["cuda"]("cuda")

    assert (finding.health, finding.detail) == (health, detail)
    assert bool(finding.hint) is (health is Health.LIMITED)


@pytest.mark.gl
def test_the_graphics_are_named():
    finding = CHECKS["opengl"]("opengl")

    assert "OpenGL" in finding.detail
    assert finding.health is not Health.BAD


@pytest.fixture
def studio(tmp_path, full_project):
    """A sound project with two takes."""
    path = tmp_path / "show.studio"
    save_project(SavedProject(full_project), path)
    return path


def damage(path):
    data = bytearray(path.read_bytes())
    at = data.index(b"take.times_s.npy", data.index(b"takes/0001.take"))
    data[at + 40] ^= 255
    path.write_bytes(data)
    return bytes(data)


def test_a_sound_project_passes(studio, capsys):
    assert cli.main(["doctor", "--project", str(studio), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in rows} == {"archive", "checksums", "document", "files"}
    assert "bad" not in {row["health"] for row in rows}
    assert cli.main(["doctor", "--project", str(studio), "--repair"]) == 0
    assert "no copy was written" in capsys.readouterr().out
    assert list(studio.parent.iterdir()) == [studio]


def test_a_damaged_project_fails_and_is_repaired_beside_it(studio, capsys):
    before = damage(studio)

    assert cli.main(["doctor", "--project", str(studio)]) == 1
    assert "FAIL checksums  takes/0001.take: damaged" in capsys.readouterr().out
    assert list(studio.parent.iterdir()) == [studio]

    assert cli.main(["doctor", "--project", str(studio), "--repair"]) == 0
    told = capsys.readouterr().out
    copy = studio.with_name("show (repaired).studio")
    assert f"ok   repaired   {copy}" in told
    assert "note lost       The take takes/0001.take" in told
    assert studio.read_bytes() == before
    assert list(load_project(copy).project.takes) == ["take-one"]


def test_the_copy_goes_where_it_is_wanted_and_over_nothing(studio, tmp_path, capsys):
    damage(studio)
    out = tmp_path / "else.studio"
    arguments = ["doctor", "--project", str(studio), "--repair", "--out", str(out)]
    assert cli.main(arguments) == 0
    assert cli.main(arguments) == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--repair"], ["--project", "gone.studio"], ["--out", "q.studio"]]
)
def test_what_makes_no_sense_is_said_in_a_sentence(arguments, capsys):
    assert cli.main(["doctor", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
