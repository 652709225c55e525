"""How a portrait performs: the artist's settings, plain and frozen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import ChannelGroup, indices_of_group

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

MOST_LATENT_SLIDERS = 64
"""More principal components than any model is asked for."""

LATENT_SLIDER_RANGE = 4.0
"""How far a latent slider goes either way, standard deviations."""

HIGHEST_GAIN = 2.0
"""The upper end of every gain."""


class PortraitEngine(StrEnum):
    """What makes a portrait move."""

    BEST = "best"
    """The best that is there: an imported model, else the bundled one or the warp."""
    MODEL = "model"
    """A neural model."""
    WARP = "warp"
    """The landmark warp, which needs no weights."""


class PortraitBackground(StrEnum):
    """What is seen around the head."""

    PICTURE = "picture"
    """The whole picture, the head pasted back into it."""
    PLATE = "plate"
    """The crop's own background, filled where the head was."""
    GREEN = "green"
    TRANSPARENT = "transparent"


class PortraitDriver(StrEnum):
    """What a portrait follows."""

    MOTION = "motion"
    """The mixer's `MotionFrame`, wherever it comes from."""
    PICTURE = "picture"
    """The driver's own picture, seen by the model itself; motion where there is none."""


@dataclass(frozen=True, slots=True)
class PortraitSettings:
    """How one portrait performs.

    Args:
        engine: what makes it move.
        blend: 0 relative (the driver's motion is added to the expression in the picture), 1
            absolute (the driver's expression replaces it).
        multiplier: of all motion of the face, 0..2.
        follows_pose: whether the head turns with the driver's.
        pose_gain: how far it turns, 0..2.
        brows_gain: of the brows, 0..2; so with all regions.
        eyes_gain: of lids and gaze together.
        mouth_gain: of lips and tongue.
        jaw_gain: of the jaw.
        cheeks_gain: of cheeks and nose.
        gaze_gain: of the gaze alone.
        lids_gain: of the lids alone.
        background: what is seen around the head.
        follows: motion or the driver's picture.
        latent: principal components of the model's latent that are added, standard deviations.

    Raises:
        ValueError: a number out of its range.
    """

    engine: PortraitEngine = PortraitEngine.BEST
    blend: float = 0.0
    multiplier: float = 1.0
    follows_pose: bool = True
    pose_gain: float = 1.0
    brows_gain: float = 1.0
    eyes_gain: float = 1.0
    mouth_gain: float = 1.0
    jaw_gain: float = 1.0
    cheeks_gain: float = 1.0
    gaze_gain: float = 1.0
    lids_gain: float = 1.0
    background: PortraitBackground = PortraitBackground.PICTURE
    follows: PortraitDriver = PortraitDriver.MOTION
    latent: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, (low, high) in NUMBER_RANGES.items():
            value = getattr(self, name)
            # Comparisons with NaN are false, so this refuses NaN too.
            if not low <= value <= high:
                raise ValueError(f"{name}: expected {low:g}..{high:g}, got {value}")
            object.__setattr__(self, name, float(value))
        if len(self.latent) > MOST_LATENT_SLIDERS:
            raise ValueError(f"latent: expected at most {MOST_LATENT_SLIDERS} sliders")
        if not all(abs(value) <= LATENT_SLIDER_RANGE for value in self.latent):
            raise ValueError(f"latent: expected -{LATENT_SLIDER_RANGE:g}..{LATENT_SLIDER_RANGE:g}")
        object.__setattr__(self, "latent", tuple(float(value) for value in self.latent))
        for name, kind in CHOICES.items():
            object.__setattr__(self, name, kind(getattr(self, name)))

    @property
    def is_relative(self) -> bool:
        """Whether the picture's own expression has a say."""
        return self.blend < 1

    def unit_gains(self) -> Float32:
        """The gain [52] of each ARKit unit: multiplier, region and lids or gaze together."""
        gains = np.full(52, self.multiplier, np.float32)
        for group, gain in self._group_gains():
            gains[list(indices_of_group(group))] *= gain
        return gains

    @property
    def whole_gaze_gain(self) -> float:
        """The gain of gaze angles: multiplier, eyes and gaze together."""
        return self.multiplier * self.eyes_gain * self.gaze_gain

    def _group_gains(self) -> tuple[tuple[ChannelGroup, float], ...]:
        return (
            (ChannelGroup.BROWS, self.brows_gain),
            (ChannelGroup.LIDS, self.eyes_gain * self.lids_gain),
            (ChannelGroup.GAZE, self.eyes_gain * self.gaze_gain),
            (ChannelGroup.LIPS, self.mouth_gain),
            (ChannelGroup.TONGUE, self.mouth_gain),
            (ChannelGroup.JAW, self.jaw_gain),
            (ChannelGroup.CHEEKS, self.cheeks_gain),
        )


NUMBER_RANGES: dict[str, tuple[float, float]] = {
    each.name: (0.0, 1.0 if each.name == "blend" else HIGHEST_GAIN)
    for each in fields(PortraitSettings)
    if each.type == "float"
}
"""Lower and upper end of each number in `PortraitSettings`, by its name."""

CHOICES: dict[str, type[StrEnum]] = {
    "engine": PortraitEngine,
    "background": PortraitBackground,
    "follows": PortraitDriver,
}
"""The enumeration of each choice in `PortraitSettings`, by its name."""
