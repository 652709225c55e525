"""The rows of the portrait's controls: what its settings are called and what they do."""

from __future__ import annotations

from dataclasses import dataclass

from app.widgets.drag_number import NumberRange
from avatar_core.project import PortraitBackground, PortraitSettings
from avatar_core.project.portrait_settings import (
    LATENT_SLIDER_RANGE,
    NUMBER_RANGES,
    PortraitDriver,
    PortraitEngine,
)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of `PortraitSettings`.

    Args:
        field: its name there.
        label: what it is called here.
        tip: one sentence.
    """

    field: str
    label: str
    tip: str

    @property
    def limits(self) -> NumberRange:
        low, high = NUMBER_RANGES[self.field]
        default = getattr(PortraitSettings(), self.field)
        return NumberRange(low, high, default, 0.05, 0, scale=100, suffix=" %")


ENGINES: dict[PortraitEngine, str] = {
    PortraitEngine.BEST: "Best there is",
    PortraitEngine.MODEL: "Neural model",
    PortraitEngine.WARP: "Landmark warp",
}
DRIVERS: dict[PortraitDriver, str] = {
    PortraitDriver.MOTION: "Motion",
    PortraitDriver.PICTURE: "Driver's picture",
}
BACKGROUNDS: dict[PortraitBackground, str] = {
    PortraitBackground.PICTURE: "Whole picture",
    PortraitBackground.PLATE: "Crop alone",
    PortraitBackground.GREEN: "Green",
    PortraitBackground.TRANSPARENT: "Transparent",
}
DRIVERS_TIP = (
    "Motion: what the mixer sends, from any source. Driver's picture: a neural model looks at the"
    " driver itself; where there is no picture, and for the landmark warp, motion counts."
)
BACKGROUNDS_TIP = (
    "What is seen around the head. Over green and nothing a model shows head and neck, the landmark"
    " warp the whole person within the crop."
)

MOTION_ROWS = (
    NumberRow("multiplier", "Intensity", "How strongly the whole face follows the driver"),
    NumberRow(
        "blend",
        "Relative ↔ absolute",
        "0 % adds the driver's motion to the expression in the picture, 100 % replaces that",
    ),
    NumberRow("pose_gain", "Head turn", "How far the head turns when the driver's does"),
)
REGION_ROWS = (
    NumberRow("brows_gain", "Brows", "How far the upper face follows"),
    NumberRow("eyes_gain", "Eyes", "How far lids and gaze follow, together"),
    NumberRow("lids_gain", "Lids", "How far the lids follow"),
    NumberRow("gaze_gain", "Gaze", "How far the gaze follows"),
    NumberRow("mouth_gain", "Mouth", "How far lips and tongue follow"),
    NumberRow("jaw_gain", "Jaw", "How far the jaw follows"),
    NumberRow("cheeks_gain", "Cheeks", "How far cheeks and nose follow"),
)
LATENT = NumberRange(-LATENT_SLIDER_RANGE, LATENT_SLIDER_RANGE, 0.0, 0.1, 1)


def fields_of(rows: tuple[NumberRow, ...]) -> tuple[str, ...]:
    """Names of the settings in some rows."""
    return tuple(row.field for row in rows)
