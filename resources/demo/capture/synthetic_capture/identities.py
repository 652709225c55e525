"""The captured people. None of them exists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synthetic_capture.paint.look import Look
from synthetic_capture.strands.style import HairStyle

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Identity:
    """Weights by name of MakeHuman target, colours, and hair."""

    targets: Mapping[str, float]
    look: Look
    hair: HairStyle


_ROSA = {
    "macrodetails/caucasian-female-young": 1.0,
    "macrodetails/universal-female-young-averagemuscle-averageweight": 1.0,
    "head/head-oval": 0.35,
    "head/head-fat-decr": 0.25,
    "eyes/*-eye-scale-incr": 0.25,
    "eyes/*-eye-corner2-up": 0.2,
    "mouth/mouth-upperlip-volume-incr": 0.3,
    "nose/nose-scale-horiz-decr": 0.2,
}
_OMAR = {
    "macrodetails/african-male-young": 0.75,
    "macrodetails/caucasian-male-young": 0.25,
    "macrodetails/universal-male-young-averagemuscle-averageweight": 1.0,
    "head/head-oval": 0.3,
    "nose/nose-width3-incr": 0.15,
    "chin/chin-width-incr": 0.2,
    "mouth/mouth-lowerlip-volume-incr": 0.15,
}
_SHORT = HairStyle(
    kind="short",
    count=20000,
    guides=900,
    length=0.34,
    parting_x=0.5,
    lift=0.085,
    curl=0.004,
    frizz=0.0008,
    clumping=0.3,
    seed=3,
)
_BUN = HairStyle(
    kind="bun",
    count=19000,
    length=4,
    lift=0.09,
    curl=0,
    frizz=0.0008,
    clumping=0.25,
    seed=5,
)
_OMARS_LOOK = Look(
    skin=(0.50, 0.34, 0.26),
    lips=(0.47, 0.27, 0.25),
    iris=(0.24, 0.13, 0.07),
    garment=(0.62, 0.60, 0.55),
    melanin=0.98,
    redness=0.1,
    freckles=0,
    seed=7,
)

IDENTITIES = {
    "rosa": Identity(_ROSA, Look(melanin=0.56, redness=0.5), HairStyle()),
    "rosa_short": Identity(_ROSA, Look(melanin=0.9, redness=0.2), _SHORT),
    "rosa_blond": Identity(_ROSA, Look(melanin=0.22, redness=0.35), _BUN),
    "omar": Identity(_OMAR, _OMARS_LOOK, replace(_SHORT, length=0.22, lift=0.07, seed=4)),
}
