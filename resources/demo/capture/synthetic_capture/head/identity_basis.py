"""The identity basis that is stored with a head: how it changes towards other people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.joints import EYES, joint_positions

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.mesh.arrays import Float, Float32

_TARGETS = (
    "head/head-oval",
    "head/head-round",
    "head/head-fat-incr",
    "head/head-scale-vert-incr",
    "head/head-scale-horiz-incr",
    "nose/nose-volume-incr",
    "nose/nose-width3-incr",
    "nose/nose-hump-incr",
    "nose/nose-point-up",
    "mouth/mouth-scale-horiz-incr",
    "mouth/mouth-lowerlip-volume-incr",
    "eyes/*-eye-scale-incr",
    "eyes/*-eye-corner2-up",
    "chin/chin-width-incr",
    "chin/chin-height-incr",
    "forehead/forehead-scale-vert-incr",
)
_MACRO = "macrodetails/caucasian-"
_EXCHANGES = {
    "macro-masculine": (f"{_MACRO}male-young", f"{_MACRO}female-young"),
    "macro-age": (f"{_MACRO}female-old", f"{_MACRO}female-young"),
}
"""Whole-body targets: the first is added, the second taken away."""
SHAPE_NAMES = (*_TARGETS, *_EXCHANGES)


def shape_deltas(model: HeadModel) -> tuple[Float32, Float32]:
    """Vertex deltas [18, V, 3] and joint deltas [18, 5, 3] of `SHAPE_NAMES`, metres at weight 1.

    Each is shifted so that the mean of the eyes keeps its height and depth.
    """
    data, vertices = model.data, model.makehuman_vertices
    before = joint_positions(data, vertices)
    deltas, joint_deltas = [], []
    for offset in _offsets(data):
        joint = joint_positions(data, vertices + offset) - before
        shift = np.array([0, joint[EYES, 1].mean(), joint[EYES, 2].mean()])
        deltas.append((model.topology.weights @ offset - shift) * 0.1)
        joint_deltas.append((joint - shift) * 0.1)
    return np.array(deltas, np.float32), np.array(joint_deltas, np.float32)


def _offsets(data: MakeHuman) -> list[Float]:
    """[M, 3] dm of each name."""
    plain = [data.identity_target(name) for name in _TARGETS]
    exchanges = [
        data.identity_target(added) - data.identity_target(removed)
        for added, removed in _EXCHANGES.values()
    ]
    return plain + exchanges
