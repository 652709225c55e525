"""Parametric heads: posed meshes from identity, expression and joints."""

from avatar_core.heads.base import HeadParameters, HeadTopology, ParametricHead

__all__ = ["HeadParameters", "HeadTopology", "ParametricHead"]
