"""A recording under way, in the words of timeline and viewport."""

from __future__ import annotations

from typing import Protocol


class Recording(Protocol):
    """A recording under way, as a snapshot of the performance has it."""

    @property
    def is_clip(self) -> bool: ...
    @property
    def elapsed_s(self) -> float: ...
    @property
    def dropped(self) -> int: ...
    @property
    def is_punch(self) -> bool: ...


def recording_words(recording: Recording, elapsed: str) -> str:
    """What is recorded, for how long, and how many pictures were lost.

    Args:
        recording: what goes on.
        elapsed: its time, written as is usual there.
    """
    what = "Clip" if recording.is_clip else "Over take" if recording.is_punch else "Take"
    lost = f"   {recording.dropped} dropped" if recording.dropped else ""
    return f"{what} {elapsed}{lost}"
