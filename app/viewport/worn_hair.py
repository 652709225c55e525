"""WornHair: the newest frame of the avatar, in its hair as edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.hair.edited import EditedHair


@dataclass(frozen=True, slots=True, eq=False)
class HairLook:
    """What of edited hair no frame brings along, as it was when it was taken.

    Args:
        cloud: [M] around the neutral head; harmonics are never written in place.
        flags: [M] copied from it.
        weights: [M] 0..1, how far each is selected; a copy.
    """

    cloud: GaussianCloud
    flags: UInt8
    weights: Float32

    @classmethod
    def of(cls, hair: EditedHair) -> HairLook:
        return cls(hair.cloud, hair.cloud.flags.copy(), hair.weights.copy())

    def is_of(self, hair: EditedHair) -> bool:
        """Whether hair still looks like this, wherever it lies."""
        return (
            hair.cloud.sh is self.cloud.sh
            and np.array_equal(hair.cloud.flags, self.flags)
            and np.array_equal(hair.weights, self.weights)
        )


class WornHair:
    """Lays edits over frames, once for each picture that shows them.

    Inference and all that is asked of it know frames of the hairstyle alone: `base`.
    """

    def __init__(self) -> None:
        self._neutral: AvatarFrame | None = None
        self._base: AvatarFrame | None = None
        self._hair: EditedHair | None = None
        self._look: HairLook | None = None
        self._shown: AvatarFrame | None = None

    @property
    def base(self) -> AvatarFrame | None:
        """The newest frame, in the hairstyle without edits."""
        return self._base

    @property
    def shown(self) -> AvatarFrame | None:
        """The newest frame in its hair as edited; the same object until something changes."""
        if self._shown is None and self._base is not None:
            self._shown = self._base if self._hair is None else self._hair.worn(self._base)
        return self._shown

    @property
    def look(self) -> HairLook | None:
        """Of the hair as edited; the same object while it looks the same. None without edits."""
        return self._look

    def begin(self, neutral: AvatarFrame) -> None:
        """Another avatar, at rest and without edits."""
        self._neutral = self._base = self._shown = neutral
        self._hair = self._look = None

    def fits(self, frame: AvatarFrame) -> bool:
        """Whether a frame is of this avatar; those of one before may still be on their way."""
        return (
            self._neutral is not None
            and frame.vertices.shape == self._neutral.vertices.shape
            and frame.hair_means.shape == self._neutral.hair_means.shape
        )

    def take(self, frame: AvatarFrame) -> None:
        """Show a newer frame."""
        self._base, self._shown = frame, None

    def put_on(self, hair: EditedHair | None) -> None:
        """Wear hair as edited; None for the hairstyle itself.

        Raises:
            ShapeError: it is that of another avatar.
        """
        if hair is not None:
            count = 0 if self._neutral is None else len(self._neutral.hair_means)
            if len(hair.base) != count:
                raise ShapeError(f"base: expected {count} Gaussians, got {len(hair.base)}")
            if self._look is None or not self._look.is_of(hair):
                self._look = HairLook.of(hair)
        else:
            self._look = None
        self._hair, self._shown = hair, None
