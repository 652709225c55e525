from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.io.official_run import RUN_FILES, is_official_run, missing_run_files

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("checkpoint_000123.pth", "params.yaml", "flame_params.npz")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name in _NAMES:
        (tmp_path / name).touch()
    return tmp_path


def test_a_whole_run_lacks_nothing(run: Path) -> None:
    assert missing_run_files(run) == ()
    assert is_official_run(run)


@pytest.mark.parametrize("place", range(3))
def test_what_is_missing_is_named_and_one_file_may_be(run: Path, place: int) -> None:
    (run / _NAMES[place]).unlink()
    (missing,) = missing_run_files(run)
    assert missing is RUN_FILES[place]
    assert missing.purpose in str(missing)
    assert is_official_run(run)


def test_a_folder_by_the_name_of_a_file_is_none(run: Path) -> None:
    (run / "params.yaml").unlink()
    (run / "params.yaml").mkdir()
    assert missing_run_files(run) == (RUN_FILES[1],)


@pytest.mark.parametrize("path", ["", "a" * 5000, "no\0path", "none/at/all"])
def test_what_is_no_folder_lacks_everything(tmp_path: Path, path: str) -> None:
    assert missing_run_files(tmp_path / path if path else tmp_path) == RUN_FILES
    assert not is_official_run(tmp_path / path)


def test_a_file_is_no_run(run: Path) -> None:
    assert not is_official_run(run / _NAMES[0])
