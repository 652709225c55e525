"""The studio's job that imports a run, with a real checkpoint of random weights."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from app.workers.mega_import import MegaImport, free_path, import_mega
from app.workers.tasks import TaskContext
from avatar_core.errors import AssetError, Cancelled
from avatar_core.io.avatar_file import load_avatar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def wanted(
    trained_folder: Path, flame_user_folder: Path, flame_cache_folder: None, tmp_path: Path
) -> MegaImport:
    return MegaImport(trained_folder, flame_user_folder, "Anna", tmp_path / "Avatars")


def test_a_run_becomes_a_file_of_its_own(wanted: MegaImport) -> None:
    steps: list[tuple[float, str]] = []
    task = TaskContext(lambda: steps.append(task.take_progress() or (0.0, "")))
    first, second = import_mega(wanted, task), import_mega(wanted, task)
    assert [first.path.name, second.path.name] == ["Anna.avatar", "Anna 2.avatar"]
    asset = load_avatar(first.path)
    assert (asset.name, len(asset.hair)) == (first.name, first.gaussians) == ("Anna", 30)
    assert any("licence" in text for text in first.warnings)
    fractions = [fraction for fraction, _ in steps[: len(steps) // 2]]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("words", ["Starting", "Putting the avatar together", "Saving", "Saved"])
def test_stopped_anywhere_it_leaves_no_file(wanted: MegaImport, words: str) -> None:
    stopped = threading.Event()

    class Stopping(TaskContext):
        def step(self, fraction: float, text: str = "") -> None:
            if text == words:
                stopped.set()
                self.cancel()
            super().step(fraction, text)

    with pytest.raises(Cancelled):
        import_mega(wanted, Stopping(lambda: None))
    assert stopped.is_set()
    assert not list(wanted.avatars.glob("*"))


def test_a_missing_file_is_an_error_in_words(wanted: MegaImport, tmp_path: Path) -> None:
    without = MegaImport(wanted.run, tmp_path, "Anna", wanted.avatars)
    with pytest.raises(AssetError, match=r"flame2023\.pkl"):
        import_mega(without, TaskContext(lambda: None))
    assert not wanted.avatars.exists()


@pytest.mark.parametrize(
    ("name", "file"),
    [("a/b", "a b.avatar"), ("..", "Avatar.avatar"), ("x" * 300, f"{'x' * 80}.avatar"),
     ("Zoë", "Zoë.avatar"), ("", "Avatar.avatar")],
)  # fmt: skip
def test_any_name_makes_a_file_in_the_folder(tmp_path: Path, name: str, file: str) -> None:
    assert free_path(tmp_path, name) == tmp_path / file


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AssetError, match="cannot be made"):
        free_path(tmp_path / "file" / "Avatars", "Anna")


@pytest.fixture
def flame_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the FLAME files nor the built heads of whoever runs the tests count."""
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))
