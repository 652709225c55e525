"""Parametric heads: posed meshes from identity, expression and joints."""

from avatar_core.heads.base import (
    HeadParameters,
    HeadTopology,
    ParametricHead,
    neutral_parameters,
)
from avatar_core.heads.blendshape import BlendshapeHead
from avatar_core.heads.landmarks import landmark_positions

__all__ = [
    "BlendshapeHead",
    "HeadParameters",
    "HeadTopology",
    "ParametricHead",
    "landmark_positions",
    "neutral_parameters",
]
