"""What can be told of a run by its folder alone, without torch: what, how far, how well.

The trainer writes checkpoint and losses; whoever starts it writes the record and the previews.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError
from avatar_core.io.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKPOINT = "checkpoint_latest.pth"
LOG = "losses.jsonl"
STAGES = ("hair", "head", "joint")
RECORD = "run.json"
PREVIEW = "preview.png"
PREVIEW_LOG = "previews.jsonl"

_NOT_A_LOSS = ("stage", "step")


def stage_checkpoint(stage: str) -> str:
    """Name of the checkpoint that is kept of a stage's end."""
    return f"checkpoint_{stage}.pth"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run.

    Args:
        capture: folder it learns from.
        name: of the avatar.
        preset, seed: what it was started with; going on needs the same.
        flame: the user's FLAME files, empty where the capture brings its own head.
        step, total: steps done and planned over all stages, as of the last writing.
        seconds: spent on them.
        avatar: the finished file, empty before that.
    """

    capture: str
    name: str
    preset: str
    seed: int
    flame: str = ""
    step: int = 0
    total: int = 0
    seconds: float = 0.0
    avatar: str = ""


@dataclass(frozen=True, slots=True)
class PreviewNote:
    """One preview: what it shows and how near the avatar comes.

    Args:
        stage: the preview was made in.
        step: over all stages.
        psnr_masked_db: over the person's pixels.
        frame: name of the frame it is held against.
        held_out: the frame is never trained on.
    """

    stage: str
    step: int
    psnr_masked_db: float
    frame: str
    held_out: bool


LossHistory = dict[str, dict[int, dict[str, float]]]
"""Loss by stage, step within the stage, and term."""


def holds_run(folder: Path) -> bool:
    """Whether a run lies there that can be resumed."""
    return (folder / CHECKPOINT).is_file()


def discard_run(folder: Path) -> None:
    """Delete what a run has written, and its folder where nothing else lies in it.

    Raises:
        AssetError: something cannot be deleted.
    """
    record = read_record(folder)
    checkpoints = [CHECKPOINT, *map(stage_checkpoint, STAGES)]
    names = [*checkpoints, *(f"{name}.part" for name in checkpoints)]
    names += [LOG, RECORD, PREVIEW, PREVIEW_LOG]
    finished = [Path(record.avatar).name] if record is not None and record.avatar else []
    try:
        for name in names + finished:
            (folder / name).unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise AssetError(
            f"The run in '{folder}' cannot be deleted: {error.strerror or error}.",
            "Delete the folder yourself.",
        ) from error


def forget_logs(folder: Path) -> None:
    """Delete losses and previews, which say nothing about a run that begins anew."""
    for name in (LOG, PREVIEW, PREVIEW_LOG):
        (folder / name).unlink(missing_ok=True)


def write_record(folder: Path, record: RunRecord) -> None:
    """Write the record over the old one.

    Raises:
        AssetError: it cannot be written; the old one stands.
    """
    with atomic_write(folder / RECORD) as file:
        file.write(json.dumps(asdict(record), indent=1).encode())


def read_record(folder: Path) -> RunRecord | None:
    """The record of a run, or None where there is none that makes sense."""
    try:
        content = dict(json.loads((folder / RECORD).read_text(encoding="utf-8")))
        return RunRecord(
            capture=str(content["capture"]),
            name=str(content["name"]),
            preset=str(content["preset"]),
            seed=int(content["seed"]),
            flame=str(content["flame"]),
            step=int(content["step"]),
            total=int(content["total"]),
            seconds=float(content["seconds"]),
            avatar=str(content["avatar"]),
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def read_losses(folder: Path) -> LossHistory:
    """The losses of a run. Steps that were done again after a kill count as done last."""
    history: LossHistory = {}
    for entry in _lines(folder / LOG):
        stage, step = entry.get("stage"), entry.get("step")
        if isinstance(stage, str) and isinstance(step, int):
            terms = {
                name: float(value)
                for name, value in entry.items()
                if name not in _NOT_A_LOSS and isinstance(value, int | float)
            }
            history.setdefault(stage, {})[step] = terms
    return history


def append_preview(folder: Path, note: PreviewNote) -> None:
    """Add one line to the log of previews."""
    with (folder / PREVIEW_LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(note)) + "\n")


def read_previews(folder: Path) -> list[PreviewNote]:
    """All previews of a run, by step; of one step the last."""
    notes: dict[int, PreviewNote] = {}
    for entry in _lines(folder / PREVIEW_LOG):
        note = preview_note(entry)
        if note is not None:
            notes[note.step] = note
    return [notes[step] for step in sorted(notes)]


def preview_note(entry: dict[str, Any]) -> PreviewNote | None:
    """A note from plain data, or None where it makes no sense."""
    try:
        return PreviewNote(
            str(entry["stage"]),
            int(entry["step"]),
            float(entry["psnr_masked_db"]),
            str(entry["frame"]),
            bool(entry["held_out"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Entries of a log; a last line that a kill cut short is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry
