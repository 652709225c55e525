"""Whole pictures. `pytest --update-golden` rewrites them; look at them before committing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.gl


def chequered(size: int = 64) -> np.ndarray:
    y, x = np.mgrid[:size, :size]
    squares = ((x // 8 + y // 8) % 2)[..., None]
    return (60 + 100 * squares + 90 * np.stack([x, y, size - y], -1) / size).astype(np.uint8)


def hairy_ball(make: Any) -> Any:
    """A chequered ball with strands of elongated Gaussians standing off its upper half."""
    rng = np.random.default_rng(12)
    count = 1500
    out = rng.normal(size=(count, 3))
    out[:, 1] = np.abs(out[:, 1])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    along = np.cross(out, rng.normal(size=(count, 3)))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    quats = np.column_stack([1 + along[:, 0], np.zeros(count), -along[:, 2], along[:, 1]])
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    hair = make.gaussians(
        out * rng.uniform(0.098, 0.112, (count, 1)),
        0.5 + 0.5 * out * [0.6, 0.4, 0.8],
        np.tile([0.012, 0.0012, 0.0012], (count, 1)),
        0.8,
        quats,
    )
    return make.avatar(make.sphere(0.1), hair, chequered())


@pytest.mark.parametrize(
    ("name", "yaw_rad"), [("ball_front", 0.0), ("ball_side", 1.3), ("ball_back", 3.14)]
)
def test_hairy_ball(
    draw: Any,
    make: Any,
    expect_golden: Callable[[np.ndarray, str], None],
    name: str,
    yaw_rad: float,
) -> None:
    eye = np.array([0.55 * np.sin(yaw_rad), 0.18, 0.55 * np.cos(yaw_rad)], np.float32)
    camera = Camera.from_fov(look_at(eye, np.zeros(3, np.float32)), 0.5, 192, 160)
    expect_golden(draw(hairy_ball(make), camera, SceneOptions()), name)


def test_shaded_without_hair(
    draw: Any, make: Any, expect_golden: Callable[[np.ndarray, str], None]
) -> None:
    scene = SceneOptions(background=(0.9, 0.9, 0.85), show_hair=False, shading=0.4)
    expect_golden(draw(hairy_ball(make), make.camera(160, 120), scene), "ball_shaded")
