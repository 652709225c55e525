"""Which pictures a stage learns from, and in which order they come.

Every step draws from a generator seeded by (seed, stage, step), so a run that was killed and
resumed sees the same pictures in the same order as one that was not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.training.settings import Stage

if TYPE_CHECKING:
    from collections.abc import Container

    from avatar_core.training.captures import Capture, CaptureFrame

_HAIR_SERIES = ("hair", "hair_small")
_FACE_SERIES = ("face", "face_small")
_JOINT_SHARES = {"full": 0.4, "hair": 0.45, "face": 0.15}
"""Full pictures come from a few sides only; hair has to look right from all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class StageFrames:
    """The pictures of a capture by stage.

    Args:
        capture: the pictures.
        seed: of the order.
        keeps_face: only hair is trained; pictures without it have nothing to teach.
    """

    capture: Capture
    seed: int
    keeps_face: bool = False

    def stages(self, planned: Container[Stage]) -> list[Stage]:
        """Those of the planned stages that the capture has pictures for, in their order.

        Raises:
            AssetError: there are none.
        """
        stages = [stage for stage in Stage if stage in planned and self.of(stage)]
        if not stages:
            raise AssetError(
                f"The capture '{self.capture.folder}' has nothing to train on.",
                "It needs a series named hair, face or full.",
            )
        return stages

    def of(self, stage: Stage) -> tuple[CaptureFrame, ...]:
        """All pictures that a stage may draw.

        Without labels there is nothing in a picture for the hair stage; where nobody took pictures
        without hair, the head stage takes all, whose hair its loss paints white.
        """
        if stage is Stage.HAIR:
            frames = self.hair()
            return tuple(frame for frame in frames if frame.parsing_path is not None)
        if stage is Stage.HEAD and self.keeps_face:
            return ()
        if stage is Stage.HEAD:
            return self.capture.frames(*_FACE_SERIES) or self.capture.frames("full")
        if not self.capture.frames("full", *_HAIR_SERIES):
            return ()
        return tuple(frame for group in self._joint_groups().values() for frame in group)

    def hair(self) -> tuple[CaptureFrame, ...]:
        """Neutral pictures with hair, labelled or not."""
        return self.capture.frames(*_HAIR_SERIES)

    def drawn(self, stage: Stage, step: int, count: int) -> list[CaptureFrame]:
        """The pictures of one step, all different where there are enough."""
        rng = np.random.default_rng([self.seed, list(Stage).index(stage), step])
        drawn: list[CaptureFrame] = []
        for _ in range(count):
            frames = self._group(stage, rng)
            taken = set(drawn)
            fresh = [frame for frame in frames if frame not in taken] if taken else frames
            choice = fresh or frames
            drawn.append(choice[int(rng.integers(len(choice)))])
        return drawn

    def _group(self, stage: Stage, rng: np.random.Generator) -> tuple[CaptureFrame, ...]:
        if stage is not Stage.JOINT:
            return self.of(stage)
        groups = self._joint_groups()
        shares = {name: share for name, share in _JOINT_SHARES.items() if groups[name]}
        weights = np.array(list(shares.values()))
        return groups[list(shares)[int(rng.choice(len(shares), p=weights / weights.sum()))]]

    def _joint_groups(self) -> dict[str, tuple[CaptureFrame, ...]]:
        return {
            "full": self.capture.frames("full"),
            "hair": self.capture.frames(*_HAIR_SERIES),
            "face": () if self.keeps_face else self.capture.frames(*_FACE_SERIES),
        }
