"""A person ready to be recorded: head, hair and faces in the head frame, metres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synthetic_capture.expressions import EXPRESSIONS, clamped
from synthetic_capture.head.head_model import HeadModel
from synthetic_capture.head.topology import build_topology
from synthetic_capture.strands.brows import brows
from synthetic_capture.strands.hair import hair
from synthetic_capture.strands.lashes import lashes
from synthetic_capture.strands.strands import Strands

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.identities import Identity
    from synthetic_capture.mesh.arrays import Float, Float32

_BROW_RADII_M = (0.00008, 0.00003)
_LASH_RADII_M = (0.00009, 0.00003)


@dataclass(frozen=True)
class Face:
    """A face with an expression: the mesh [V, 3] and the strands that move with it."""

    vertices: Float
    brows: Strands
    lashes: Strands


class Subject:
    """One identity.

    Args:
        identity: who.
        data: MakeHuman's files.
    """

    def __init__(self, identity: Identity, data: MakeHuman) -> None:
        self.identity = identity
        self.data = data
        self.model = HeadModel(data, build_topology(data), identity.targets)

    @cached_property
    def hair(self) -> Strands:
        """The strands of the head; they do not move with the face."""
        style = self.identity.hair
        points = self.model.metres(hair(self.model, style))
        return Strands(points, style.radius_root * 0.1, style.radius_tip * 0.1)

    def expression(self, name: str) -> Float32:
        """[52] weights of a named expression within the limits."""
        return self.model.expression(clamped(EXPRESSIONS[name]))

    def face(self, name: str) -> Face:
        """The face of a named expression."""
        model, expression = self.model, self.expression(name)
        vertices = model.posed(expression)
        weights = {
            unit: float(weight)
            for unit, weight in zip(model.expression_names, expression, strict=True)
            if weight
        }
        moved = self.data.expressive_vertices(model.makehuman_vertices, weights)
        return Face(
            vertices=vertices,
            brows=Strands(model.metres(brows(model, model.decimetres(vertices))), *_BROW_RADII_M),
            lashes=Strands(model.metres(lashes(model, moved)), *_LASH_RADII_M),
        )
