"""Light of a clip, fixed to the camera, and what stands behind the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, UInt8


@dataclass(frozen=True)
class Lighting:
    """Linear light; x right, y up, z to the viewer.

    Args:
        directions: [L, 3] unit vectors towards the lights, the key first.
        colours: [L, 3] radiance.
        ambient: [3, 4] for red, green, blue: constant and gradient of light by normal.
    """

    directions: Float
    colours: Float
    ambient: Float


def random_lighting(rng: np.random.Generator) -> Lighting:
    """A key, a fill and up to two rims, with ambient light from above and below."""
    key = _towards(rng.uniform(-75, 75), rng.uniform(-5, 60))
    fill = _towards(-np.sign(key[0]) * rng.uniform(20, 80), rng.uniform(-10, 40))
    rims = [
        _towards(rng.choice([-1, 1]) * rng.uniform(110, 160), rng.uniform(0, 50)) for _ in range(2)
    ]
    contrast = rng.beta(1.5, 1.5)
    powers = [
        rng.uniform(0.9, 1.5) * (0.55 + 0.6 * contrast),
        rng.uniform(0.1, 0.6) * (1.1 - contrast),
        rng.choice([0, 1]) * rng.uniform(0.2, 1.2),
        rng.choice([0, 0, 1]) * rng.uniform(0.2, 1.0),
    ]
    warm = rng.normal() * 0.5
    tints = [_temperature(warm + 0.4 * rng.normal()) for _ in range(4)]
    if rng.random() < 0.08:
        tints[rng.integers(1, 4)] = rng.uniform(0.2, 1.3, 3)
    level = rng.uniform(0.22, 0.5) * (1.25 - 0.7 * contrast)
    up = np.array([rng.normal() * 0.15, rng.uniform(0.05, 0.45), rng.uniform(0, 0.3)])
    sky = _temperature(warm + 0.4 * rng.normal())
    ambient = np.stack([level * tint * np.r_[1, up + 0.05 * rng.normal(size=3)] for tint in sky])
    return Lighting(
        directions=np.array([key, fill, *rims]),
        colours=np.array([p * t for p, t in zip(powers, tints, strict=True)]),
        ambient=ambient,
    )


def studio_lighting() -> Lighting:
    """A soft key from the upper left, a weak fill, a rim on either side."""
    directions = [_towards(-38, 32), _towards(50, 8), _towards(140, 25), _towards(-150, 35)]
    powers = (0.95, 0.28, 0.7, 0.35)
    tints = [_temperature(warmth) for warmth in (0.25, -0.1, -0.3, 0.2)]
    sky = _temperature(0.05)
    return Lighting(
        directions=np.array(directions),
        colours=np.array([p * t for p, t in zip(powers, tints, strict=True)]),
        ambient=np.stack([0.34 * tint * np.array([1, 0, 0.25, 0.15]) for tint in sky]),
    )


def studio_backdrop(size: int, colour: tuple[float, float, float]) -> UInt8:
    """[size, size, 3] sRGB: one colour, brighter behind the shoulders, darker in the corners."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    glow = np.exp(-((x + 0.1) ** 2 + (y - 0.15) ** 2) / 0.28)
    image = np.array(colour) * (0.55 + 0.6 * glow[..., None])
    backdrop: UInt8 = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return backdrop


def random_backdrop(size: int, rng: np.random.Generator) -> UInt8:
    """[size, size, 3] sRGB: a gradient with blurred shapes or cloudy noise."""
    low, high = (
        np.clip(rng.uniform(0.03, 0.95) + rng.normal(size=3) * 0.15, 0, 1) for _ in range(2)
    )
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    share = np.clip(0.5 + (np.cos(angle) * x + np.sin(angle) * y) * rng.uniform(0.3, 1.5), 0, 1)
    image = low + (high - low) * share[..., None]
    for _ in range(int(rng.integers(0, 9))):
        cx, cy = rng.uniform(-0.6, 0.6, 2)
        w, h = rng.uniform(0.04, 0.5, 2)
        colour = np.clip(rng.uniform(0, 1) + rng.normal(size=3) * 0.2, 0, 1)
        inside = (
            (np.abs(x - cx) < w) & (np.abs(y - cy) < h)
            if rng.random() < 0.6
            else np.hypot(x - cx, y - cy) < w
        )
        image = np.where(inside[..., None], image + (colour - image) * rng.uniform(0.2, 1), image)
    image = ndimage.gaussian_filter(image, (size * rng.uniform(0.002, 0.06),) * 2 + (0,))
    cloud = ndimage.gaussian_filter(rng.normal(size=(size, size)), size * rng.uniform(0.004, 0.1))
    image = image * (1 + rng.uniform(0, 0.12) * cloud / (cloud.std() + 1e-9))[..., None]
    backdrop: UInt8 = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return backdrop


def _towards(azimuth_deg: float, height_deg: float) -> Float:
    azimuth, height = np.radians(azimuth_deg), np.radians(height_deg)
    across = np.cos(height)
    return np.array([across * np.sin(azimuth), np.sin(height), across * np.cos(azimuth)])


def _temperature(warmth: float) -> Float:
    """[3] linear tint: 0 white, 1 warm as a lamp, -1 blue as the sky."""
    tint = np.array([1 + 0.22 * warmth, 1.0, 1 - 0.28 * warmth])
    clipped: Float = np.clip(tint, 0.3, 1.7)
    return clipped
