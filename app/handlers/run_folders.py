"""What lies in the folder that is chosen for a run, and what may be done there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.widgets.times import duration
from avatar_core.training.run_record import RunRecord, holds_run, read_record

if TYPE_CHECKING:
    from app.workers.capture_review import CaptureContents

_MOST_FOLDERS = 1000


@dataclass(frozen=True, slots=True)
class FolderState:
    """One folder, held against the capture that is open.

    Args:
        words: what is to be said about it.
        may_start: a run can begin or go on there.
        resumes: it goes on.
        warns: what is said stands in the way.
        record: of the run in it.
        avatar: its finished avatar, if there is one.
    """

    words: str
    may_start: bool = False
    resumes: bool = False
    warns: bool = False
    record: RunRecord | None = None
    avatar: Path | None = None


_IMPOSSIBLE = FolderState("There cannot be such a folder.", warns=True)


def look_at_folder(text: str, contents: CaptureContents | None) -> FolderState:
    """What a run in this folder would be.

    Args:
        text: path of the folder, as the user has typed it.
        contents: the capture that is open, if any.
    """
    if not text:
        missing = "capture first" if contents is None else "folder for the run"
        return FolderState(f"Choose a {missing}.")
    try:
        possible = "\0" not in text
        return _look(Path(text), contents) if possible else _IMPOSSIBLE
    except (OSError, ValueError):
        return _IMPOSSIBLE


def _look(folder: Path, contents: CaptureContents | None) -> FolderState:
    record = read_record(folder)
    if record is not None and record.avatar and Path(record.avatar).is_file():
        words = f"{record.name} is finished here. Choose another folder to train anew."
        return FolderState(words, record=record, avatar=Path(record.avatar))
    if folder.exists() and not folder.is_dir():
        return FolderState("This is a file, not a folder.", warns=True)
    resumes = holds_run(folder)
    if contents is None:
        return FolderState("Choose a capture first.", record=record, resumes=resumes)
    if contents.head is None:
        return FolderState(_about_head(contents), warns=True, record=record)
    if not resumes:
        return FolderState("A new run begins here.", may_start=True)
    if record is None:
        return FolderState("A run lies here and can be resumed.", may_start=True, resumes=True)
    if Path(record.capture) != contents.folder.absolute():
        words = f"The run here learns from {record.capture}, not from the capture that is open."
        return FolderState(words, warns=True, record=record)
    words = (
        f"A run lies here: {record.step:,} of {record.total:,} steps, {duration(record.seconds)}"
        " of training. It can be resumed."
    )
    return FolderState(words, may_start=True, resumes=True, record=record)


def _about_head(contents: CaptureContents) -> str:
    error = contents.head_error
    if error is None:
        return "The capture has no head."
    hint = "Choose their folder above." if contents.needs_flame else error.hint
    return f"{error.message} {hint}".strip()


def proposed_folder(projects: Path, name: str, capture: Path) -> Path:
    """A folder for a run: that of one which is not finished yet, or a new one.

    Args:
        projects: the user's folder for projects.
        name: of the avatar.
        capture: folder that it learns from.
    """
    runs = projects / "Training"
    for number in range(1, _MOST_FOLDERS):
        folder = runs / (name if number == 1 else f"{name} {number}")
        record = read_record(folder)
        if record is None or (not record.avatar and Path(record.capture) == capture.absolute()):
            return folder
    return runs / name
