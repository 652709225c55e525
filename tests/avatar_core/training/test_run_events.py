"""Events as lines of JSON."""

from __future__ import annotations

import pytest

from avatar_core.training.run_events import (
    FailedTold,
    FinishedTold,
    PreviewTold,
    RunEvent,
    StepTold,
    event_line,
    read_event,
)
from avatar_core.training.run_record import PreviewNote

EVENTS: list[RunEvent] = [
    StepTold("head", 3, 2000, 2003, 5600, 12.5, 800.0, {"rgb": 0.25}),
    StepTold("hair", 1, 2000, 1, 5600, 0.5),
    PreviewTold("/runs/rosa/preview.png", PreviewNote("joint", 9, 31.2, "test/00041_24", True)),
    FinishedTold("/runs/rosa/rosa.avatar"),
    FailedTold("No room\nleft.", "Free some."),
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_one_line_and_comes_back(event: RunEvent) -> None:
    line = event_line(event)
    assert "\n" not in line
    assert read_event(line) == event


@pytest.mark.parametrize(
    "line",
    ["", "Downloading", "3", "null", "[]", '{"event": "dance"}', '{"event": "step"}',
     '{"event": "step", "stage": "a", "stage_step": "x"}', '{"event": ["step"]}',
     '{"event": "preview", "path": "x"}'],
)  # fmt: skip
def test_anything_else_is_none(line: str) -> None:
    assert read_event(line) is None
