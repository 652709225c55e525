"""Face paint: a tiger and a clown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar_core.texture.presets.face_map import BOARD
from avatar_core.texture.presets.lips import lip_cover
from avatar_core.texture.presets.make_up import darker, layer_of, mixed
from avatar_core.texture.presets.marks import (
    area,
    blurred,
    bump,
    mirrored,
    noise,
    smooth_line,
    step,
    tapered,
)

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import PaintLayer
    from avatar_core.texture.presets.face_map import FaceMap
    from avatar_core.texture.presets.make_up import Rgb

_WHITE: Final = (0.95, 0.94, 0.91)
_BLACK: Final = (0.045, 0.04, 0.045)
_RED: Final = (0.78, 0.06, 0.07)

_STRIPES: Final = (
    (0.19, ((0.12, 1.72), (0.20, 1.36), (0.10, 1.02))),
    (0.17, ((0.52, 1.62), (0.50, 1.32), (0.30, 1.06))),
    (0.16, ((0.98, 1.46), (0.88, 1.18), (0.62, 0.95))),
    (0.15, ((1.52, 1.16), (1.36, 0.90), (1.12, 0.74))),
    (0.16, ((2.05, 0.55), (1.74, 0.42), (1.42, 0.38))),
    (0.19, ((2.30, 0.02), (1.90, -0.06), (1.46, -0.02), (1.25, 0.08))),
    (0.20, ((2.30, -0.52), (1.90, -0.58), (1.42, -0.50), (1.10, -0.36))),
    (0.20, ((2.20, -1.02), (1.80, -1.08), (1.38, -0.96), (1.06, -0.78))),
    (0.18, ((1.88, -1.46), (1.50, -1.46), (1.16, -1.32), (0.94, -1.14))),
    (0.15, ((1.38, -1.82), (1.10, -1.76), (0.88, -1.60), (0.76, -1.44))),
    (0.11, ((0.70, -2.16), (0.58, -2.02), (0.42, -1.94))),
)
"""Width, and from the rim of the face inwards; of the person's left half."""

_MOUTH: Final = (
    (0.0, -1.18), (0.25, -1.14), (0.62, -1.20), (1.0, -1.12), (1.08, -1.20), (0.84, -1.62),
    (0.44, -1.92), (0.0, -1.99),
)  # fmt: skip
"""A clown's, from the middle of the upper rim down the person's left half."""

_OVAL: Final = (
    (0.0, 1.72), (0.9, 1.62), (1.6, 1.28), (2.1, 0.72), (2.35, 0.0), (2.28, -0.7), (2.0, -1.25),
    (1.55, -1.75), (1.0, -2.1), (0.5, -2.3), (0.0, -2.36),
)  # fmt: skip


def tiger(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Orange to the rim of the face, white about eyes and muzzle, black stripes and whiskers."""
    sponge = _sponge(face, rng)
    oval = _oval(face)
    fire = mixed((0.99, 0.72, 0.16), colour, step(0.5, 1.5, np.hypot(face.x, face.y + 0.4)))
    white = np.zeros(face.shape, np.float32)
    for side in (-1, 1):
        white = np.maximum(white, _disc(face, (side * 0.36, -1.28), (0.46, 0.36), 0.10))
        white = np.maximum(white, _disc(face, (side * 0.66, 0.42), (0.42, 0.24), 0.08, side * 0.3))
        white = np.maximum(white, 0.9 * _disc(face, (side * 0.72, -0.22), (0.36, 0.13), 0.08))
    white = np.maximum(white, _disc(face, (0, -1.98), (0.46, 0.3), 0.12))
    stripes = np.zeros(face.shape, np.float32)
    for width, points in _STRIPES:
        line = smooth_line(np.array(points, np.float32))
        share = np.linspace(0, 1, len(line), dtype=np.float32)
        widths = (width * np.interp(share, [0, 0.25, 1], [0.55, 1, 0.02])).astype(np.float32)
        stripes = np.maximum(stripes, _brushed(face, line, widths, rng))
    black = np.maximum(stripes, _tiger_lines(face))
    return (
        layer_of(face, "Tiger orange", 0.93 * oval * sponge, fire),
        layer_of(face, "Tiger white", 0.95 * white * sponge, _WHITE),
        layer_of(face, "Tiger black", 0.96 * black, _BLACK),
    )


def clown(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """White face, a red nose and mouth, diamonds over the eyes, high brows."""
    sponge = _sponge(face, rng)
    half = np.array(_MOUTH, np.float32)
    outline = smooth_line(np.concatenate([half, mirrored(half[-2:0:-1])]), True)
    mouth = area(face, [outline], 0.02)
    nose = _disc(face, (0, -0.70), (0.36, 0.30), 0.03)
    cheeks = sum(bump(face, (side * 1.28, -0.78), (0.22, 0.2)) for side in (-1, 1))
    diamond = np.array([[0.68, 0.98], [0.86, 0.14], [0.68, -0.72], [0.50, 0.14]], np.float32)
    diamonds = area(face, [diamond, mirrored(diamond)], 0.02)
    arch = smooth_line(
        np.array([[0.36, 0.90], [0.68, 1.20], [1.06, 1.06], [1.24, 0.80]], np.float32)
    )
    width = np.interp(np.linspace(0, 1, len(arch)), [0, 0.4, 1], [0.02, 0.09, 0.01])
    arches = _both(face, arch, width.astype(np.float32))
    rim = _rim(face, mouth)
    lips = lip_cover(face, 0.03)
    red = np.maximum(np.maximum(mouth, nose), 0.45 * np.asarray(cheeks, np.float32))
    shaded = mixed(_RED, darker(_RED, 0.7), np.maximum(lips, bump(face, (0, -1.0), (0.3, 0.1))))
    shaded = mixed(shaded, (1.0, 0.75, 0.72), 0.7 * bump(face, (0.11, -0.62), (0.07, 0.06)))
    return (
        layer_of(face, "Clown white", 0.94 * _oval(face) * sponge, _WHITE),
        layer_of(face, "Clown diamonds", 0.92 * diamonds * sponge, colour),
        layer_of(face, "Clown red", 0.95 * red, shaded),
        layer_of(face, "Clown black", 0.95 * np.maximum(arches, rim), _BLACK),
    )


def _tiger_lines(face: FaceMap) -> Float32:
    """Nose, the line below it, lips, eyes and the dots of the whiskers."""
    nose = smooth_line(
        np.array([[0, -0.62], [0.2, -0.70], [0.27, -0.86], [0.12, -1.0], [0, -1.06],
                  [-0.12, -1.0], [-0.27, -0.86], [-0.2, -0.70]], np.float32), True)  # fmt: skip
    lines = [area(face, [nose], 0.04)]
    split = np.array([[0, -1.02], [0, -1.2], [0, -1.34]], np.float32)
    lines.append(tapered(face, smooth_line(split), np.full(49, 0.05, np.float32), 0.02))
    lines.append(0.9 * lip_cover(face, 0.03))
    lid = smooth_line(np.concatenate([[[0.24, -0.10]], BOARD[[42, 43, 44, 45]], [[1.22, 0.12]]]))
    widths = np.interp(np.linspace(0, 1, len(lid)), [0, 0.5, 0.8, 1], [0.01, 0.09, 0.10, 0.01])
    lines.append(_both(face, lid.astype(np.float32), widths.astype(np.float32)))
    dots = ((0.40, -1.10), (0.60, -1.06), (0.50, -1.22), (0.72, -1.20))
    for x, y in dots:
        lines += [_disc(face, (side * x, y), (0.035, 0.03), 0.02) for side in (-1, 1)]
    return np.asarray(np.maximum.reduce(lines), np.float32)


def _sponge(face: FaceMap, rng: np.random.Generator) -> Float32:
    """How paint that was dabbed on lies: thin in places."""
    return 1 - 0.10 * noise(face, rng, 0.06) - 0.08 * noise(face, rng, 0.018)


def _oval(face: FaceMap) -> Float32:
    """The face as far as paint goes, with a soft rim."""
    half = np.array(_OVAL, np.float32)
    outline = np.concatenate([half, mirrored(half[1:-1][::-1])])
    return area(face, [smooth_line(outline, True)], 0.22)


def _disc(
    face: FaceMap,
    centre: tuple[float, float],
    radii: tuple[float, float],
    soft: float,
    turn_rad: float = 0.0,
) -> Float32:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x, y = radii[0] * np.cos(angle), radii[1] * np.sin(angle)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    around = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1) + centre
    return area(face, [around.astype(np.float32)], soft)


def _brushed(face: FaceMap, line: Float32, widths: Float32, rng: np.random.Generator) -> Float32:
    """A stroke on either half, with the uneven edges that a brush leaves."""
    share = np.linspace(0, 1, len(line))
    shaken = 1 + 0.22 * np.interp(share, np.linspace(0, 1, 12), rng.uniform(-1, 1, 12))
    return _both(face, line, (widths * shaken).astype(np.float32))


def _both(face: FaceMap, line: Float32, widths: Float32) -> Float32:
    ours = tapered(face, line, widths, 0.02)
    return np.maximum(ours, tapered(face, mirrored(line), widths, 0.02))


def _rim(face: FaceMap, cover: Float32) -> Float32:
    """A thin line around a shape."""
    near = blurred(face, cover, 0.03)
    return step(0.12, 0.35, near) * step(0.85, 0.55, near)
