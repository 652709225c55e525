"""Comparison: the avatar before it was edited, in step with how it is now."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.viewport.ports import FrameMailbox
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset

_REMEMBERED = 8
"""Frames that the evaluation of the other avatar may lag behind."""


class Compare(StrEnum):
    """What is shown of before and after."""

    AFTER = "after"
    SPLIT = "split"
    """Before at the left of a line, after at its right."""
    BEFORE = "before"


@dataclass(frozen=True, slots=True, eq=False)
class BeforeAvatar:
    """The avatar before it was edited, and who evaluates it.

    Args:
        asset: as it was loaded.
        neutral: at rest, shown until more is known.
        frames: where its frames arrive.
        request: asks for a frame of another one's motion. Returns at once.
    """

    asset: AvatarAsset
    neutral: AvatarFrame
    frames: FrameMailbox
    request: Callable[[AvatarFrame], None]


class Comparison:
    """Lets frames of the edited avatar through once the other one shows the same motion.

    So both halves of a split picture always show one moment. Until the other avatar has its first
    frame, which may mean loading models, nobody waits for it.
    """

    def __init__(self) -> None:
        self.mode = Compare.AFTER
        self.share = 0.5
        self._before: BeforeAvatar | None = None
        self._frame: AvatarFrame | None = None
        self._is_paired = False
        self._recent: deque[AvatarFrame] = deque(maxlen=_REMEMBERED)

    @property
    def shown(self) -> tuple[AvatarAsset, AvatarFrame] | None:
        """The avatar before it was edited at this moment; None when it is not to be seen."""
        before, frame = self._before, self._frame
        if self.mode is Compare.AFTER or before is None or frame is None:
            return None
        return before.asset, frame

    @property
    def covered_share(self) -> float:
        """How much of the picture's width shows before, from the left."""
        if self.shown is None:
            return 0.0
        return self.share if self.mode is Compare.SPLIT else 1.0

    def begin(self, before: BeforeAvatar, now: AvatarFrame | None) -> None:
        """Compare with this avatar, beginning with what is shown now."""
        self._before, self._frame = before, before.neutral
        self._is_paired = False
        self._recent.clear()
        if now is not None:
            self._ask(before, now)

    def end(self) -> None:
        """Compare no more."""
        self.mode = Compare.AFTER
        self._before = self._frame = None
        self._recent.clear()

    def gated(self, frame: AvatarFrame | None) -> AvatarFrame | None:
        """What is to be shown of the edited avatar now, given its newest frame."""
        before = self._before
        if before is None:
            return frame
        if frame is not None:
            self._ask(before, frame)
        arrived = before.frames.take()
        partner = None if arrived is None else self._partner(before, arrived)
        if partner is not None:
            self._frame, self._is_paired = arrived, True
            return partner
        return None if self._is_paired else frame

    def _ask(self, before: BeforeAvatar, frame: AvatarFrame) -> None:
        self._recent.append(frame)
        before.request(frame)

    def _partner(self, before: BeforeAvatar, arrived: AvatarFrame) -> AvatarFrame | None:
        if arrived.hair_means.shape != before.neutral.hair_means.shape:
            return None  # of the avatar that was compared with until now
        # The newest: the same motion is evaluated again when the camera moves.
        same = (each for each in reversed(self._recent) if each.motion is arrived.motion)
        return next(same, None)
