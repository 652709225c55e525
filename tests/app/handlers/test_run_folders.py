from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.handlers.run_folders import look_at_folder, proposed_folder
from app.workers.capture_review import CaptureContents
from avatar_core.errors import AssetError
from avatar_core.training.captures import STUDIO_LABELS, Capture
from avatar_core.training.run_record import CHECKPOINT, RunRecord, write_record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def contents(tmp_path: Path) -> CaptureContents:
    head: object = "a head"
    capture = Capture(tmp_path / "rosa", {}, STUDIO_LABELS)
    return CaptureContents(capture, (), {}, (0, 0, 0), head)  # type: ignore[arg-type]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was stopped on its way."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / CHECKPOINT).touch()
    write_record(folder, RunRecord(str(tmp_path / "rosa"), "Rosa", "compact", 3, "", 40, 90, 125.0))
    return folder


def test_a_new_folder_takes_a_new_run(contents: CaptureContents, tmp_path: Path) -> None:
    state = look_at_folder(str(tmp_path / "new"), contents)
    assert (state.words, state.may_start, state.resumes) == ("A new run begins here.", True, False)


def test_nothing_begins_without_folder_or_capture(contents: CaptureContents, run: Path) -> None:
    assert look_at_folder("", None).words == "Choose a capture first."
    assert look_at_folder("", contents).words == "Choose a folder for the run."
    state = look_at_folder(str(run), None)
    assert (state.may_start, state.resumes, state.words) == (False, True, "Choose a capture first.")


def test_a_run_is_told_and_goes_on(contents: CaptureContents, run: Path) -> None:
    state = look_at_folder(str(run), contents)
    assert state.may_start
    assert state.resumes
    assert "40 of 90 steps, 2 min of training" in state.words
    assert state.record is not None
    assert state.record.seed == 3


def test_a_run_without_a_record_goes_on_as_well(contents: CaptureContents, tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).touch()
    state = look_at_folder(str(tmp_path), contents)
    assert (state.may_start, state.resumes, state.record) == (True, True, None)


def test_the_run_of_another_capture_is_left_alone(
    contents: CaptureContents, run: Path, tmp_path: Path
) -> None:
    other = replace(contents, capture=replace(contents.capture, folder=tmp_path / "omar"))
    state = look_at_folder(str(run), other)
    assert not state.may_start
    assert state.warns
    assert f"learns from {tmp_path / 'rosa'}" in state.words


def test_a_finished_run_offers_its_avatar(contents: CaptureContents, run: Path) -> None:
    avatar = run / "rosa.avatar"
    record = RunRecord(str(contents.folder), "Rosa", "compact", 3, avatar=str(avatar))
    write_record(run, record)
    assert look_at_folder(str(run), contents).resumes  # its avatar is gone: it is made again
    avatar.touch()
    state = look_at_folder(str(run), contents)
    assert (state.avatar, state.may_start) == (avatar, False)
    assert state.words.startswith("Rosa is finished here.")


def test_a_head_that_is_missing_stands_in_the_way(
    contents: CaptureContents, tmp_path: Path
) -> None:
    error = AssetError("FLAME is yours to bring.", "Choose its folder.")
    state = look_at_folder(str(tmp_path / "new"), replace(contents, head=None, head_error=error))
    assert (state.may_start, state.warns) == (False, True)
    assert state.words == "FLAME is yours to bring. Choose its folder."
    capture = replace(contents.capture, flame_identity=np.zeros(3, np.float32))
    needy = replace(contents, capture=capture, head=None, head_error=error)
    assert (
        look_at_folder("run", needy).words == "FLAME is yours to bring. Choose their folder above."
    )


@pytest.mark.parametrize("text", ["\0", "a" * 5000])
def test_any_text_may_be_typed(contents: CaptureContents, text: str) -> None:
    assert not look_at_folder(text, contents).may_start


def test_a_file_is_no_folder(contents: CaptureContents, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert look_at_folder(str(tmp_path / "file"), contents).warns


def test_the_folder_proposed_is_that_of_a_run_to_go_on_with_or_a_new_one(tmp_path: Path) -> None:
    first, rosa = tmp_path / "Training" / "Rosa", tmp_path / "rosa"
    assert proposed_folder(tmp_path, "Rosa", rosa) == first
    first.mkdir(parents=True)
    record = RunRecord(str(rosa), "Rosa", "compact", 7)
    write_record(first, record)
    assert proposed_folder(tmp_path, "Rosa", rosa) == first
    assert proposed_folder(tmp_path, "Rosa", tmp_path / "x" / "rosa") == first.with_name("Rosa 2")
    write_record(first, replace(record, avatar="/rosa.avatar"))
    assert proposed_folder(tmp_path, "Rosa", rosa) == first.with_name("Rosa 2")
