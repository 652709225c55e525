"""How fast a face is painted, everything but the drawing of it, and how fast paint is baked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.commands import EditPaint, History
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.plain import neutral_vertices
from avatar_core.project import Blend, Painting, PaintLayer, Project
from avatar_core.texture.atlas import AtlasMap
from avatar_core.texture.bleed import SeamBleed
from avatar_core.texture.brush import PaintSettings, PaintStroke
from avatar_core.texture.brushes.paint import PAINT
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.composite import Compositor
from avatar_core.texture.ground import HeadGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.tiles import raster_from

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_DABS, _UNDOS, _STROKES, _SAMPLES = 120, 15, 100, 12
_LAYERS, _ACTIVE = 10, "5"
_RADIUS_PX = 32
_CHEEK = np.array([0.042, -0.03, 0.066], np.float32)
_EYE = np.array([0.0, 0.0, 0.7], np.float32)
_UP = np.array([0, 1, 0], np.float32)
_BLENDS = (Blend.NORMAL, Blend.MULTIPLY, Blend.SOFT_LIGHT, Blend.OVERLAY, Blend.SCREEN)


class PaintSubject(NamedTuple):
    """A face to paint on: its atlas, a painting with layers all over it, what is seen of it.

    Args:
        atlas: of the painting's size.
        atlas_s: how long that took.
        vertices: [V, 3] of the head at rest.
        bleed: over the rims of its charts.
        ground: the head.
        painting: ten layers, each painted all over.
        compositor: of these.
        radius_m: of a brush of 64 texels on the cheek.
    """

    atlas: AtlasMap
    atlas_s: float
    vertices: Float32
    bleed: SeamBleed
    ground: HeadGround
    painting: Painting
    compositor: Compositor
    radius_m: float


def run(size: int = 2048, *, bakes: bool = True) -> dict[str, object]:
    """Paint the demo head with a brush of 64 texels on the fifth of ten layers.

    Args:
        size: of the painting.
        bakes: measure baking too.

    Returns:
        `paint_dab_ms`: a stamp on the head, written to the layer and composed, median;
        `paint_undo_ms`: undo of a stroke with the picture brought up to date, median;
        `paint_stroke_kb`: memory of a stroke in the history, median of 100;
        `paint_100_strokes_mb`: of all of them; `paint_atlas_s`: finding the texels of the head;
        and what `paint_bake.run_bake` tells.
    """
    _measured(paint_subject(512))
    subject = paint_subject(size)
    results: dict[str, object] = {**_measured(subject), "paint_atlas_s": round(subject.atlas_s, 2)}
    if bakes:
        from avatar_core.bench.paint_bake import run_bake

        results.update(run_bake())
    return results


def paint_subject(size: int) -> PaintSubject:
    """The demo head with ten layers, each painted all over."""
    asset = load_demo_avatar()
    vertices = neutral_vertices(asset)
    started = time.perf_counter()
    atlas = AtlasMap.of(asset.head.topology, size, vertices)
    atlas_s = time.perf_counter() - started
    rng = np.random.default_rng(3)
    layers = {}
    for index in range(_LAYERS):
        picture = np.empty((size, size, 4), np.float32)
        picture[..., 3] = rng.uniform(0.05, 0.3)
        picture[..., :3] = picture[..., 3:] * rng.random((size, size, 1), np.float32)
        blend = _BLENDS[index % len(_BLENDS)]
        layers[str(index + 1)] = PaintLayer(f"{index}", blend=blend, raster=raster_from(picture))
    painting = Painting(size, layers, active=_ACTIVE)
    compositor = Compositor(rng.integers(0, 256, (size, size, 3), np.uint8))
    compositor.update(painting)
    return PaintSubject(
        atlas,
        atlas_s,
        vertices,
        SeamBleed(atlas.bleed_texels, atlas.bleed_sources, size),
        HeadGround(atlas, vertices, _EYE, _UP, Reach()),
        painting,
        compositor,
        _RADIUS_PX * _texel_m(atlas, vertices),
    )


def _measured(subject: PaintSubject) -> dict[str, float]:
    undo_ms, sizes = _undone(subject)
    return {
        "paint_dab_ms": round(_dab_ms(subject), 3),
        "paint_undo_ms": round(undo_ms, 3),
        "paint_stroke_kb": round(float(np.median(sizes)) / 1024, 1),
        "paint_100_strokes_mb": round(float(np.mean(sizes)) * 100 / 2**20, 2),
    }


def _dab_ms(subject: PaintSubject) -> float:
    """A sample of a stroke that leaves one stamp."""
    canvas = _canvas(subject, subject.painting)
    settings = PaintSettings(radius=subject.radius_m, flow=0.3, spacing=0.0)
    stroke = PaintStroke(PAINT, settings, canvas)
    took_ms = []
    # A way as long as the least spacing, so that each sample leaves one stamp.
    for point in _way(subject, 0, _DABS, step=0.0401):
        started = time.perf_counter()
        stroke.move(subject.ground, point)
        subject.compositor.update(canvas.result(), canvas.take_news())
        took_ms.append(1000 * (time.perf_counter() - started))
    subject.compositor.update(subject.painting, set(canvas.dirty))
    return float(np.median(took_ms))


def _undone(subject: PaintSubject) -> tuple[float, list[int]]:
    """Milliseconds of the undo of a stroke, and bytes of all strokes."""
    project = Project()
    project.painting = subject.painting
    history, sizes, took_ms = History(project), [], []
    for index in range(_STROKES):
        canvas = _canvas(subject, project.painting)
        settings = PaintSettings(radius=subject.radius_m, colour=(0.1 + index / 200, 0.2, 0.3))
        stroke = PaintStroke(PAINT, settings, canvas)
        for point in _way(subject, index, _SAMPLES, step=0.5):
            stroke.move(subject.ground, point)
        stroke.end()
        command = EditPaint.between(project, canvas.result(), PAINT.label)
        sizes.append(command.nbytes)
        history.push(command)
    subject.compositor.update(project.painting)
    for _ in range(_UNDOS):
        started = time.perf_counter()
        history.undo()
        subject.compositor.update(project.painting)
        took_ms.append(1000 * (time.perf_counter() - started))
    subject.compositor.update(subject.painting)
    return float(np.median(took_ms)), sizes


def _canvas(subject: PaintSubject, painting: Painting) -> PaintCanvas:
    return PaintCanvas(painting, _ACTIVE, compositor=subject.compositor, bleed=subject.bleed)


def _way(subject: PaintSubject, seed: int, count: int, step: float) -> Float64:
    """[count, 3] points on the cheek in a gentle spiral, a step of so many radii apart."""
    start = 2 * np.pi * np.random.default_rng(seed).random()
    angles = start + np.arange(count) * 0.2
    ways = np.stack([np.cos(angles), np.sin(angles), np.zeros(count)], axis=1)
    points = _CHEEK + np.cumsum(step * subject.radius_m * ways, axis=0)
    return np.array([subject.ground.onto(point) for point in points])


def _texel_m(atlas: AtlasMap, vertices: Float32) -> float:
    """Side of a texel on the cheek."""
    away = np.linalg.norm(vertices[atlas.faces].mean(axis=1) - _CHEEK, axis=1)
    corners = vertices[atlas.faces[away.argmin()]].astype(np.float64)
    flat = atlas.corners[away.argmin()].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]))
    texels = abs(np.linalg.det(np.stack([flat[1] - flat[0], flat[2] - flat[0]])))
    return float(np.sqrt(area / texels))
