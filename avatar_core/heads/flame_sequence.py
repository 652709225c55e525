"""A performance as FLAME parameters over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.heads.base import HeadParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import Float64


@dataclass(frozen=True, slots=True, eq=False)
class FlameSequence:
    """T moments of one person.

    Args:
        shape: [S] identity coefficients; may be empty where nobody's in particular.
        expression: [T, E] coefficients, T >= 1.
        joints: [T, 5, 3] axis-angle of root, neck, jaw, left and right eye, radians.
        translation: [T, 3] metres.
        times_s: [T] rising, the first 0.

    Raises:
        ShapeError: arrays disagree, there is no moment, or times do not rise from 0.
    """

    shape: Float32
    expression: Float32
    joints: Float32
    translation: Float32
    times_s: Float64

    def __post_init__(self) -> None:
        expect_shapes(
            shape=(self.shape, "S"),
            expression=(self.expression, "T E"),
            joints=(self.joints, "T 5 3"),
            translation=(self.translation, "T 3"),
            times_s=(self.times_s, "T"),
        )
        if len(self.times_s) == 0:
            raise ShapeError("expression: there is no frame")
        if self.times_s[0] != 0 or not (np.diff(self.times_s) > 0).all():
            raise ShapeError("times_s: expected times that rise from 0")

    @classmethod
    def of_poses(
        cls, poses: Sequence[HeadParameters], shape: Float32, times_s: Float64
    ) -> FlameSequence:
        """Poses [T] of a head with one identity [S], at rising times; the first becomes time 0."""
        return cls(
            shape,
            np.stack([pose.expression for pose in poses]).astype(np.float32),
            np.stack([pose.joints for pose in poses]).astype(np.float32),
            np.stack([pose.translation for pose in poses]).astype(np.float32),
            np.asarray(times_s, np.float64) - times_s[0],
        )

    def __len__(self) -> int:
        return len(self.times_s)

    def pose(self, index: int) -> HeadParameters:
        """One moment; the identity is left to the head that performs it."""
        return HeadParameters(self.expression[index], self.joints[index], self.translation[index])

    def pose_at(self, time_s: float) -> HeadParameters:
        """The pose at any time, interpolated between moments; the ends are held.

        Turns are blended as axis-angle vectors, as `motion.blend` does.
        """
        later = int(np.searchsorted(self.times_s, time_s, side="right"))
        if later == 0 or later == len(self):
            return self.pose(min(later, len(self) - 1))
        start, end = self.times_s[later - 1], self.times_s[later]
        amount = np.float32((time_s - start) / (end - start))
        first, second = self.pose(later - 1), self.pose(later)
        return HeadParameters(
            first.expression + amount * (second.expression - first.expression),
            first.joints + amount * (second.joints - first.joints),
            first.translation + amount * (second.translation - first.translation),
        )

    def with_expressions(self, count: int) -> FlameSequence:
        """The same with `count` coefficients.

        FLAME's come in falling order of what they do: models with fewer know the first ones, and
        those with more have 0 for the rest.
        """
        kept = self.expression[:, :count]
        padded = np.pad(kept, ((0, 0), (0, count - kept.shape[1])))
        return FlameSequence(self.shape, padded, self.joints, self.translation, self.times_s)
