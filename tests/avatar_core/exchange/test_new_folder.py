from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.exchange.new_folder import new_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_files_appear_together(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with new_folder(target) as place:
        (place / "a.txt").write_text("a")
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["a.txt"]
    assert [path.name for path in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def write() -> None:
        with new_folder(tmp_path / "out") as place:
            (place / "a.txt").write_text("a")
            raise error

    with pytest.raises((error, AssetError)):
        write()
    assert not list(tmp_path.iterdir())


def test_what_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for target in (file, tmp_path):
        with pytest.raises(AssetError, match="exists already"), new_folder(target):
            pytest.fail("entered")
    assert file.read_text() == "mine"
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as place:
        (place / "a.txt").write_text("a")
    assert (tmp_path / "empty" / "a.txt").is_file()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "x", tmp_path / ("long" * 99)):
        with pytest.raises(AssetError, match="could not be saved"), new_folder(place):
            pytest.fail("entered")
