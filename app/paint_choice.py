"""What an artist chose for a paint brush, and what that means to a stroke."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avatar_core.texture.brush import Jitter, PaintSettings
from avatar_core.texture.tip import TIPS, Tip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.texture.brush import Colour
    from avatar_core.texture.ground import SkinPlace

SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 0.0004, 0.06
STEEPEST_RAD = math.pi / 2


@dataclass(frozen=True, slots=True)
class PaintChoice:
    """How one brush is to paint.

    Args:
        radius_m: of the brush on the head.
        opacity: 0..1, which a stroke does not exceed.
        flow: 0..1, of each stamp.
        hardness: 0..1, the share of the radius that is covered wholly.
        spacing: between stamps, diameters.
        tip: one of `TIPS`.
        angle_rad: by which it is turned.
        jitter_place, jitter_size, jitter_angle, jitter_colour: 0..1, see `Jitter`.
        steady_px: length of the rope by which the pen draws the brush; 0 for none.
        facing_rad: where paint fades out on skin that turns away from the eye.
        colour, second_colour: display RGB 0..1; the same for all brushes.
        options: further numbers of the brush, by id.
    """

    radius_m: float = 0.006
    opacity: float = 1.0
    flow: float = 1.0
    hardness: float = 0.6
    spacing: float = 0.12
    tip: str = "round"
    angle_rad: float = 0.0
    jitter_place: float = 0.0
    jitter_size: float = 0.0
    jitter_angle: float = 0.0
    jitter_colour: float = 0.0
    steady_px: float = 0.0
    facing_rad: float = 1.4
    colour: Colour = (0.62, 0.16, 0.2)
    second_colour: Colour = (0.95, 0.78, 0.7)
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaintSwitches:
    """What holds for all brushes.

    Args:
        is_mirrored: the other side of the face is painted too.
        shields: hair and ears keep paint from what they hide.
        fades: paint fades where the skin turns away from the eye.
        crosses_gaps: paint does not stop at lips and eyelids.
        pressure_sizes, pressure_flows, pressure_covers: what the pen's pressure sets.
        follows_path: the tip turns with the line.
    """

    is_mirrored: bool = False
    shields: bool = False
    fades: bool = True
    crosses_gaps: bool = False
    pressure_sizes: bool = False
    pressure_flows: bool = False
    pressure_covers: bool = False
    follows_path: bool = False


def paint_settings(
    choice: PaintChoice,
    switches: PaintSwitches,
    source: SkinPlace | None = None,
    seed: int = 0,
) -> PaintSettings:
    """What a stroke needs to know.

    Args:
        choice: of the brush.
        switches: of all brushes.
        source: place that is copied, for brushes that copy.
        seed: of what is random.
    """
    return PaintSettings(
        radius=choice.radius_m,
        tip=Tip(choice.hardness, TIPS[choice.tip][1]),
        colour=choice.colour,
        second_colour=choice.second_colour,
        opacity=choice.opacity,
        flow=choice.flow,
        spacing=choice.spacing,
        angle_rad=choice.angle_rad,
        follows_path=switches.follows_path,
        jitter=Jitter(
            choice.jitter_place, choice.jitter_size, choice.jitter_angle, choice.jitter_colour
        ),
        pressure_sizes=switches.pressure_sizes,
        pressure_flows=switches.pressure_flows,
        pressure_covers=switches.pressure_covers,
        is_mirrored=switches.is_mirrored,
        source=source,
        options=choice.options,
        seed=seed,
    )
