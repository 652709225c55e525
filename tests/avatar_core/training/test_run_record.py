"""What a run's folder tells without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar_core.training.run_record import (
    CHECKPOINT,
    LOG,
    PREVIEW_LOG,
    RECORD,
    PreviewNote,
    RunRecord,
    append_preview,
    discard_run,
    holds_run,
    read_losses,
    read_previews,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from pathlib import Path

RUN = RunRecord("/captures/rosa", "Rosa", "compact", 7, "", 120, 5600, 61.5, "")


def test_a_record_is_found_again(tmp_path: Path) -> None:
    write_record(tmp_path, RUN)
    assert read_record(tmp_path) == RUN


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"capture": "x"}', json.dumps({"seed": [1]}), "[" * 100_000]
)
def test_a_spoilt_record_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / RECORD).write_text(content)
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "nowhere") is None


def test_a_checkpoint_makes_a_run(tmp_path: Path) -> None:
    assert not holds_run(tmp_path)
    (tmp_path / CHECKPOINT).touch()
    assert holds_run(tmp_path)


def test_steps_done_again_count_once_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    lines = [
        {"stage": "hair", "step": 10, "rgb": 0.5},
        {"stage": "hair", "step": 20, "rgb": 0.4, "ssim": 0.2},
        {"stage": "hair", "step": 20, "rgb": 0.3, "ssim": 0.1},
        {"stage": "head", "step": 10, "rgb": 0.9},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + '\n{"stage": "head", "st'
    (tmp_path / LOG).write_text(text)
    assert read_losses(tmp_path) == {
        "hair": {10: {"rgb": 0.5}, 20: {"rgb": 0.3, "ssim": 0.1}},
        "head": {10: {"rgb": 0.9}},
    }
    assert read_losses(tmp_path / "nowhere") == {}


def test_previews_come_by_step_the_last_of_each(tmp_path: Path) -> None:
    first = PreviewNote("hair", 40, 18.5, "test/00041_24", True)
    again = PreviewNote("hair", 40, 19.5, "test/00041_24", True)
    early = PreviewNote("hair", 20, 15.0, "full/00000_00", False)
    for note in (first, again, early):
        append_preview(tmp_path, note)
    with (tmp_path / PREVIEW_LOG).open("a") as file:
        file.write('{"stage": "hair"}\n')
    assert read_previews(tmp_path) == [early, again]


def test_a_run_is_discarded_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    discard_run(folder)
    assert not folder.exists()
    folder.mkdir()
    write_record(folder, replace(RUN, avatar="/elsewhere/rosa.avatar"))
    for name in (CHECKPOINT, LOG, PREVIEW_LOG, "rosa.avatar", "notes.txt"):
        (folder / name).touch()
    discard_run(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_it_needs_no_torch() -> None:
    code = "import sys, avatar_core.training.run_events; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
