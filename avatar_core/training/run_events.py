"""What a run tells whoever started it: one JSON object a line, on its standard output."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from avatar_core.training.run_record import PreviewNote, preview_note


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step is done.

    Args:
        stage: its name.
        stage_step, stage_steps: steps done and planned in this stage.
        step, total: steps done and planned over all stages.
        seconds: spent on the run so far.
        eta_s: seconds until the last step at the present pace; None before there is a pace.
        losses: by term.
    """

    stage: str
    stage_step: int
    stage_steps: int
    step: int
    total: int
    seconds: float
    eta_s: float | None = None
    losses: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreviewTold:
    """A preview was written.

    Args:
        path: of the picture: capture, avatar, difference side by side.
        note: what it shows.
    """

    path: str
    note: PreviewNote


@dataclass(frozen=True, slots=True)
class FinishedTold:
    """The avatar is written.

    Args:
        avatar: path of its file.
    """

    avatar: str


@dataclass(frozen=True, slots=True)
class FailedTold:
    """The run ends with an error.

    Args:
        message, hint: as in `AvatarError`.
    """

    message: str
    hint: str


RunEvent = StepTold | PreviewTold | FinishedTold | FailedTold


def event_line(event: RunEvent) -> str:
    """The event as one line of JSON, without a line break."""
    if isinstance(event, StepTold):
        return json.dumps({"event": "step", **asdict(event)})
    if isinstance(event, PreviewTold):
        return json.dumps({"event": "preview", "path": event.path, **asdict(event.note)})
    if isinstance(event, FinishedTold):
        return json.dumps({"event": "finished", "avatar": event.avatar})
    return json.dumps({"event": "failed", "message": event.message, "hint": event.hint})


def read_event(line: str) -> RunEvent | None:
    """The event of a line, or None where the line holds something else."""
    try:
        return _read(dict(json.loads(line)))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _read(data: dict[str, Any]) -> RunEvent | None:
    kind = data["event"]
    if kind == "step":
        return _read_step(data)
    if kind == "preview":
        note = preview_note(data)
        return None if note is None else PreviewTold(str(data["path"]), note)
    if kind == "finished":
        return FinishedTold(str(data["avatar"]))
    if kind == "failed":
        return FailedTold(str(data["message"]), str(data["hint"]))
    return None


def _read_step(data: dict[str, Any]) -> StepTold:
    eta_s = data["eta_s"]
    return StepTold(
        stage=str(data["stage"]),
        stage_step=int(data["stage_step"]),
        stage_steps=int(data["stage_steps"]),
        step=int(data["step"]),
        total=int(data["total"]),
        seconds=float(data["seconds"]),
        eta_s=None if eta_s is None else float(eta_s),
        losses={str(name): float(value) for name, value in dict(data["losses"]).items()},
    )
