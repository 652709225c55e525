"""ARKit units of FLAME parameters: the way back from `arkit_fit`.

Many units together can look alike, and FLAME knows shapes that no units make. So the weights are
those between 0 and 1 that move the skin most nearly as the parameters do, the smallest ones where
that leaves a choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.heads.arkit import weights_from_eye_rotations
from avatar_core.heads.base import neutral_parameters
from avatar_core.heads.flame_points import FlamePoints

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.flame import FlameHead

_MOST_POINTS = 1000
_JAW = slice(6, 9)
_STIFFNESS = 3e-5
"""Cost of a full weight, in squares of what the strongest unit moves: small, and never nothing."""

_MOST_SWEEPS = 300
_SETTLED = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class ArkitInverse:
    """What units a FLAME head's parameters are made of.

    Args:
        units: [K, E + 3] expression and jaw of each unit at weight 1.
        look: [K, 2, 3] axis-angle of the (left, right) eye likewise.
        metric: [E + 3, E + 3] mean square, metres, of what the skin moves by parameters.
    """

    units: Float64
    look: Float32
    metric: Float64

    @classmethod
    def of(cls, head: FlameHead) -> ArkitInverse:
        """The inverse of a head's maps.

        Raises:
            ShapeError: the head has no maps.
        """
        expression, jaw, look = (
            head.arkit_to_expression,
            head.arkit_to_jaw,
            head.arkit_to_eyes,
        )
        if expression is None or jaw is None or look is None:
            raise ShapeError("head: has no maps from ARKit's units")
        units = np.concatenate([expression, jaw], axis=1).astype(np.float64)
        columns = _movements(head)
        return cls(units, look, columns.T @ columns / max(len(columns) // 3, 1))

    def weights(self, expression: Float32, jaw: Float32, eyes: Float32) -> Float32:
        """Weights [T, K], 0..1, of T moments.

        The eyes' turns give the units that turn them, lids and all; the others explain the rest.

        Args:
            expression: [T, E] coefficients.
            jaw: [T, 3] axis-angle, radians.
            eyes: [T, 2, 3] axis-angle of (left, right) eye.
        """
        expect_shapes(
            expression=(expression, f"T {self.units.shape[1] - 3}"),
            jaw=(jaw, "T 3"),
            eyes=(eyes, "T 2 3"),
        )
        looking = np.zeros((len(eyes), len(self.look)))
        for row, turns in enumerate(eyes):
            looking[row] = weights_from_eye_rotations(turns, self.look)
        left = np.concatenate([expression, jaw], axis=1) - looking @ self.units
        free = ~np.any(self.look != 0, axis=(1, 2))
        units = self.units[free]
        gram = units @ self.metric @ units.T
        stiffness = _STIFFNESS * float(np.diag(gram).max(initial=0))
        gram[np.diag_indices(len(gram))] += max(stiffness, 1e-30)
        weights = looking
        weights[:, free] = _between_0_and_1(gram, left @ self.metric @ units.T)
        return weights.astype(np.float32)


def _movements(head: FlameHead) -> Float64:
    """[3 P, E + 3] how expressions and jaw move vertices that they move."""
    mesh = head.mesh
    moves = np.any(mesh.expression_directions != 0, axis=(1, 2)) | (mesh.skin_weights[:, 2] > 0)
    used = np.zeros(len(moves), bool)
    used[mesh.faces] = True
    moving = np.flatnonzero(moves & used).astype(np.int32)
    ids = moving[:: max(1, -(-len(moving) // _MOST_POINTS))]
    points = FlamePoints.on_vertices(head, ids)
    columns = points.derivatives(neutral_parameters(head))[1]
    count = points.expressions
    chosen = np.concatenate([columns[..., :count], columns[..., count:][..., _JAW]], axis=-1)
    return chosen.reshape(-1, count + 3)


def _between_0_and_1(gram: Float64, wanted: Float64) -> Float64:
    """[T, K] the x in 0..1 with the least x gram x / 2 - x wanted, for each row of `wanted`.

    Coordinate descent, all rows at once: each coordinate in turn goes to its best value.
    """
    values = np.zeros_like(wanted)
    slope = -wanted
    for _ in range(_MOST_SWEEPS):
        largest = 0.0
        for k in range(len(gram)):
            better = np.clip(values[:, k] - slope[:, k] / gram[k, k], 0, 1)
            change = better - values[:, k]
            step = float(np.abs(change).max(initial=0))
            if step > 0:
                slope += change[:, None] * gram[k]
                values[:, k] = better
                largest = max(largest, step)
        if largest < _SETTLED:
            break
    return values
