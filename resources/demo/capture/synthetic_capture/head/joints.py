"""Joints of the head, their tree and their skin weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Float, Float32

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = (-1, 0, 1, 1, 1)
EYES = slice(3, 5)
_HINGES = ((0.64, 6.92, 0.62), (-0.64, 6.92, 0.62))
"""In front of the ears, where the jaw turns; base-mesh dm."""
_RIGID_ON_HEAD = ("teeth_upper", "teeth_lower", "gums", "tongue", "mouth_inside", "lips", "ear")


def joint_positions(data: MakeHuman, vertices: Float) -> Float:
    """[5, 3] dm for MakeHuman vertices [M, 3] of an identity."""
    base = data.base_mesh
    neck, head = data.joint(vertices, "neck"), data.joint(vertices, "head")
    body = base.group_vertices("body")
    near = cKDTree(base.vertices[body]).query(_HINGES, k=4)[1].ravel()
    hinge = vertices[body[near]].mean(0)
    eyes = [vertices[base.eye_vertices(side)] for side in "lr"]
    centres = [(eye.min(0) + eye.max(0)) / 2 for eye in eyes]
    return np.array([neck, neck + 0.45 * (head - neck), hinge, *centres])


def skin_weights(topology: Topology) -> Float32:
    """[V, 5]: the neck fades in from the root, eyes follow theirs, the jaw opens by face units."""
    part, points = topology.part_of_vertex, topology.base_points
    neck = smoothstep(5.75, 6.4, points[:, 1] + 0.25 * points[:, 2])
    neck[np.isin(part, _RIGID_ON_HEAD)] = 1
    weights = np.zeros((len(neck), len(JOINTS)), np.float32)
    weights[:, JOINTS.index("root")], weights[:, JOINTS.index("neck")] = 1 - neck, neck
    for eye, joint in (("eye_left", "left_eye"), ("eye_right", "right_eye")):
        weights[part == eye] = np.eye(len(JOINTS))[JOINTS.index(joint)]
    return weights


def smoothstep(low: float, high: float, x: Float) -> Float:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    smooth: Float = t * t * (3 - 2 * t)
    return smooth
