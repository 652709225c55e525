"""Where each kind of hair turns with every step that it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.strands.coat import Coat
    from synthetic_capture.strands.skin_proxy import SkinProxy

_GRAVITY = np.array([0, -1.0, 0])
_BUN_FROM_EYE = (0.25, -2.02)
_CURTAIN_Y = (-3, -1.4, -1.0, -0.6, -0.2, 0.2, 0.45, 0.65, 0.8)
_CURTAIN_Z = (-0.45, -0.5, -0.66, -0.66, -0.55, -0.42, -0.22, 0.05, 3)
"""Depth relative to the eyes that falling hair keeps behind, by height above them; dm."""


class Combing(Protocol):
    """How one kind of hair grows.

    steps: how many there are; rising_steps: how many it takes to rise to its layer above the skin;
    smoothing_rounds: of the finished path.
    """

    steps: int
    rising_steps: int
    smoothing_rounds: int

    def direction(self, points: Float, progress: float) -> Float:
        """Where the tips [N, 3] go next, [N, 3] of any length; `progress` runs from 0 to 1."""
        ...

    def step_lengths(self, points: Float) -> Float:
        """How far they go, [N] dm."""
        ...

    def allowed(self, points: Float) -> Float:
        """The tips [N, 3], moved to where this kind of hair may be."""
        ...


def combing(coat: Coat, skin: SkinProxy) -> Combing:
    """The combing of the coat's style."""
    if coat.style.kind == "bun":
        return GatheredHair(coat)
    return ShortHair(coat, skin) if coat.style.kind == "short" else FallingHair(coat, skin)


class FallingHair:
    """Away from the parting, around the crown, down, and back from the face."""

    steps = 44
    rising_steps = 13
    smoothing_rounds = 6

    def __init__(self, coat: Coat, skin: SkinProxy) -> None:
        self._coat = coat
        self._skin = skin
        position, base = coat.roots.positions, coat.roots.base_positions
        side, front, level = coat.side, coat.frontness, np.zeros(coat.count)
        parted = np.c_[side * (0.8 + 0.2 * front), level - 0.25, -0.55 * front - 0.15]
        whorl = np.c_[1.1 * position[:, 0], level - 0.35, 1.3 * (base[:, 2] - 0.45)]
        back = np.clip((0.35 - base[:, 2]) / 0.5, 0, 1)[:, None]
        self._comb = parted * (1 - back) + whorl * back

    def direction(self, points: Float, progress: float) -> Float:
        coat, eye = self._coat, self._coat.eye
        height, up = self._skin.height_above(points)
        along_skin = np.clip(1.2 - height / (coat.style.lift + 0.05), 0, 1)[:, None]
        down = _GRAVITY + up * up[:, 1:2] * along_skin
        falling = np.clip((eye[1] + 0.55 - points[:, 1]) / 0.8, 0, 1)[:, None]
        direction = (
            coat.roots.normals * max(0, 0.4 - 9 * progress)
            + self._comb * (1.15 * (1 - falling) * max(0.15, 1 - 1.1 * progress))
            + (down + 0.15 * _GRAVITY) * (0.35 + 1.3 * falling)
            + coat.jitter * 0.07
            + coat.scatter * max(0, 1 - 4 * progress)
        )
        is_high = np.clip((points[:, 1] - eye[1] + 0.9) / 0.4, 0, 1)[:, None]
        direction -= up * (np.clip((height - coat.layer - 0.03) * 4, 0, 1.2)[:, None] * is_high)
        result: Float = direction + self._towards_neck(points) * 0.7
        return result

    def step_lengths(self, points: Float) -> Float:
        return self._coat.length / self.steps

    def allowed(self, points: Float) -> Float:
        """Points below the forehead stay behind a curtain line in front of the ears."""
        eye = self._coat.eye
        limit = (
            np.interp(points[:, 1] - eye[1], _CURTAIN_Y, _CURTAIN_Z)
            + eye[2]
            + self._coat.jitter[:, 0] * 0.05
        )
        depth = points[:, 2]
        kept = np.where(depth > limit, limit + 0.35 * np.minimum(depth - limit, 0.1), depth)
        return np.c_[points[:, :2], kept]

    def _towards_neck(self, points: Float) -> Float:
        """[N, 3] pull on the ends below the chin."""
        eye = self._coat.eye
        low = np.clip((eye[1] - 0.9 - points[:, 1]) / 0.6, 0, 1)[:, None]
        backward = 0.12 - 0.25 * np.clip(points[:, 2] - eye[2] + 0.9, -1, 0.3)
        inward: Float = np.c_[-points[:, 0] * 0.45, np.zeros(len(points)), backward]
        return low * inward


class ShortHair:
    """Close to the skull: forwards on top, down at the sides and at the back."""

    steps = 16
    rising_steps = 4
    smoothing_rounds = 2

    def __init__(self, coat: Coat, skin: SkinProxy) -> None:
        self._coat = coat
        self._skin = skin
        base, front = coat.roots.base_positions, coat.frontness
        beside = np.abs(coat.roots.positions[:, 0] - coat.style.parting_x)
        lowness = 1 - np.clip((base[:, 1] - 7.2) / 0.9, 0, 1)
        self._comb = np.c_[
            0.55 * coat.side * np.clip(beside * 3, 0.2, 1),
            0.15 * front - 0.35 - 0.6 * lowness,
            (-0.25 + 0.75 * front) * np.clip((base[:, 1] - 7.4) / 0.6, 0, 1),
        ]

    def direction(self, points: Float, progress: float) -> Float:
        coat = self._coat
        height, up = self._skin.height_above(points)
        above = np.clip((height - coat.layer) * 6, 0, 1)[:, None]
        direction: Float = (
            coat.roots.normals * max(0, 0.6 - 1.6 * progress)
            + self._comb * (0.5 + 0.9 * progress)
            + coat.jitter * 0.07
            - up * above
        )
        return direction

    def step_lengths(self, points: Float) -> Float:
        return self._coat.length / self.steps

    def allowed(self, points: Float) -> Float:
        return points


class GatheredHair:
    """Straight to a knot behind the head."""

    steps = 44
    rising_steps = 13
    smoothing_rounds = 6

    def __init__(self, coat: Coat) -> None:
        self._coat = coat
        self._knot = knot_centre(coat)

    def direction(self, points: Float, progress: float) -> Float:
        to_knot = self._knot - points
        reach = np.linalg.norm(to_knot, axis=1, keepdims=True)
        direction: Float = to_knot / (reach + 1e-6)
        return direction + self._coat.roots.normals * max(0, 0.5 - 6 * progress)

    def step_lengths(self, points: Float) -> Float:
        reach = np.linalg.norm(self._knot - points, axis=1)
        return np.minimum(self._coat.length / self.steps, 0.5 * reach)

    def allowed(self, points: Float) -> Float:
        return points


def knot_centre(coat: Coat) -> Float:
    """[3] dm, behind the head at the height of the eyes."""
    up, back = _BUN_FROM_EYE
    return np.array([0, coat.eye[1] + up, coat.eye[2] + back])
