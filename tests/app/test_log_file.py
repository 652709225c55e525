from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from app.log_file import log_path, start_logging
from tests.soak.devices import full_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_what_modules_say_goes_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "studio.log"
    start_logging(path)
    logging.getLogger("avatar_core.somewhere").info("Opened %s", "a project")
    assert "INFO" in path.read_text()
    assert "avatar_core.somewhere: Opened a project" in path.read_text()


def test_a_full_file_starts_another(tmp_path: Path) -> None:
    path = tmp_path / "studio.log"
    start_logging(path)
    for _ in range(1200):
        logging.getLogger("chatter").info("x" * 1000)
    assert path.stat().st_size <= 1_000_000
    assert (tmp_path / "studio.log.1").exists()


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    start_logging(blocked / "studio.log")
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is made with Linux's limits")
@pytest.mark.parametrize("size", [5000, 999_990], ids=["a line", "the start of another file"])
def test_a_full_disk_is_not_told_on_the_screen_and_lines_come_again(
    size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "studio.log"
    path.write_bytes(b"x" * (size - 1) + b"\n")
    start_logging(path)
    log = logging.getLogger("chatter")
    with full_disk():
        for _ in range(3):
            log.info("lost %s", "y" * 5000)
    log.info("kept")
    assert capsys.readouterr().err == ""
    assert path.read_text().endswith("chatter: kept\n")


def test_a_line_that_was_written_wrongly_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = start_logging(tmp_path / "studio.log")
    handler.handle(logging.LogRecord("a", logging.INFO, "a.py", 1, "%d files", ("many",), None))
    assert "TypeError" in capsys.readouterr().err


def test_the_log_has_a_place_of_its_own() -> None:
    assert log_path().name == "studio.log"
    assert "avatar-studio" in str(log_path())
