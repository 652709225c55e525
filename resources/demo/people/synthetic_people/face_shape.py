"""Face shapes: random weights of MakeHuman's CC0 identity targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from synthetic_capture.mesh.arrays import Float

_ORIGINS = ("african", "asian", "caucasian")
_PAIRED = (  # name without its direction, the two directions, the size of one standard deviation
    ("head/head-fat", "decr", "incr", 0.3),
    ("head/head-scale-vert", "decr", "incr", 0.25),
    ("head/head-scale-horiz", "decr", "incr", 0.25),
    ("head/head-scale-depth", "decr", "incr", 0.2),
    ("head/head-angle", "in", "out", 0.2),
    ("forehead/forehead-scale-vert", "decr", "incr", 0.25),
    ("forehead/forehead-nubian", "decr", "incr", 0.3),
    ("forehead/forehead-temple", "decr", "incr", 0.3),
    ("forehead/forehead-trans", "backward", "forward", 0.25),
    ("eyebrows/eyebrows-trans", "backward", "forward", 0.3),
    ("eyebrows/eyebrows-angle", "down", "up", 0.3),
    ("nose/nose-volume", "decr", "incr", 0.25),
    ("nose/nose-width1", "decr", "incr", 0.3),
    ("nose/nose-width2", "decr", "incr", 0.3),
    ("nose/nose-width3", "decr", "incr", 0.3),
    ("nose/nose-hump", "decr", "incr", 0.35),
    ("nose/nose-curve", "concave", "convex", 0.3),
    ("nose/nose-greek", "decr", "incr", 0.25),
    ("nose/nose-point", "down", "up", 0.35),
    ("nose/nose-point-width", "decr", "incr", 0.35),
    ("nose/nose-flaring", "decr", "incr", 0.35),
    ("nose/nose-nostrils-width", "decr", "incr", 0.3),
    ("nose/nose-base", "down", "up", 0.3),
    ("nose/nose-scale-vert", "decr", "incr", 0.25),
    ("nose/nose-scale-horiz", "decr", "incr", 0.25),
    ("nose/nose-scale-depth", "decr", "incr", 0.25),
    ("nose/nose-trans", "down", "up", 0.2),
    ("mouth/mouth-scale-horiz", "decr", "incr", 0.3),
    ("mouth/mouth-scale-vert", "decr", "incr", 0.2),
    ("mouth/mouth-trans", "down", "up", 0.2),
    ("mouth/mouth-trans", "backward", "forward", 0.2),
    ("mouth/mouth-upperlip-volume", "decr", "incr", 0.35),
    ("mouth/mouth-lowerlip-volume", "decr", "incr", 0.35),
    ("mouth/mouth-upperlip-height", "decr", "incr", 0.25),
    ("mouth/mouth-lowerlip-height", "decr", "incr", 0.25),
    ("mouth/mouth-cupidsbow", "decr", "incr", 0.4),
    ("mouth/mouth-angles", "down", "up", 0.2),
    ("mouth/mouth-laugh-lines", "in", "out", 0.3),
    ("mouth/mouth-philtrum-volume", "decr", "incr", 0.3),
    ("chin/chin-width", "decr", "incr", 0.3),
    ("chin/chin-height", "decr", "incr", 0.25),
    ("chin/chin-bones", "decr", "incr", 0.3),
    ("chin/chin-prominent", "decr", "incr", 0.3),
    ("chin/chin-prognathism", "decr", "incr", 0.25),
    ("chin/chin-jaw-drop", "decr", "incr", 0.2),
    ("chin/chin-cleft", "decr", "incr", 0.3),
    ("cheek/*-cheek-bones", "decr", "incr", 0.35),
    ("cheek/*-cheek-volume", "decr", "incr", 0.35),
    ("cheek/*-cheek-inner", "decr", "incr", 0.3),
    ("eyes/*-eye-scale", "decr", "incr", 0.3),
    ("eyes/*-eye-height2", "decr", "incr", 0.25),
    ("eyes/*-eye-corner1", "down", "up", 0.3),
    ("eyes/*-eye-corner2", "down", "up", 0.35),
    ("eyes/*-eye-trans", "down", "up", 0.2),
    ("eyes/*-eye-trans", "in", "out", 0.2),
    ("eyes/*-eye-eyefold", "down", "up", 0.3),
    ("eyes/*-eye-bag", "decr", "incr", 0.3),
    ("ears/*-ear-scale", "decr", "incr", 0.3),
    ("ears/*-ear-wing", "decr", "incr", 0.4),
    ("ears/*-ear-lobe", "decr", "incr", 0.3),
    ("neck/neck-scale-horiz", "decr", "incr", 0.25),
    ("neck/neck-double", "decr", "incr", 0.15),
)
_SHAPES = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
_ASYMMETRIES = ("brown-1", "cheek-1", "eye-1", "eye-3", "jaw-1", "jaw-2", "mouth-1", "mouth-2",
                "nose-1", "nose-2", "nose-4", "temple-1", "top-1")  # fmt: skip
_LARGEST = 0.75


def face_targets(
    is_male: bool, age: float, origin: Float, rng: np.random.Generator
) -> dict[str, float]:
    """Weights by target name.

    Args:
        is_male: which whole-body targets lead; the other sex has up to a third.
        age: 0 young adult to 1 old.
        origin: [3] shares of MakeHuman's African, Asian and Caucasian faces.
        rng: decides the rest.
    """
    targets = _macro(is_male, age, origin, rng)
    targets[f"head/head-{rng.choice(_SHAPES)}"] = float(rng.uniform(0, 0.6))
    for stem, low, high, deviation in _PAIRED:
        weight = min(max(float(rng.normal() * deviation), -_LARGEST), _LARGEST)
        targets[f"{stem}-{high if weight > 0 else low}"] = abs(weight)
    for name in rng.choice(_ASYMMETRIES, 4, replace=False):
        targets[f"asym/asym-{name}-{rng.choice(['l', 'r'])}"] = float(rng.uniform(0, 0.5))
    epicanthus = float(origin[1] * rng.uniform(0.2, 0.9))
    targets["eyes/*-eye-epicanthus-in"] = epicanthus
    return targets


def _macro(is_male: bool, age: float, origin: Float, rng: np.random.Generator) -> dict[str, float]:
    """Whole-body targets; sexes and ages blend, shares sum to 1."""
    masculine = 1 - rng.uniform(0, 0.3) if is_male else rng.uniform(0, 0.3)
    weight = rng.choice(["minweight", "averageweight", "maxweight"], p=[0.2, 0.6, 0.2])
    heaviness = rng.uniform(0.2, 0.8)
    targets: dict[str, float] = {}
    for sex, sex_share in (("male", masculine), ("female", 1 - masculine)):
        for stage, stage_share in (("young", 1 - age), ("old", age)):
            share = float(sex_share * stage_share)
            for name, origin_share in zip(_ORIGINS, origin, strict=True):
                targets[f"macrodetails/{name}-{sex}-{stage}"] = share * float(origin_share)
            body = f"macrodetails/universal-{sex}-{stage}-averagemuscle"
            targets[f"{body}-averageweight"] = share * float(1 - heaviness)
            other = f"{body}-{weight}"
            targets[other] = targets.get(other, 0.0) + share * float(heaviness)
    return targets
