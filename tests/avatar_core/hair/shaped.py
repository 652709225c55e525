"""What tests of tools that shape hair share: a canvas, and what must hold of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushSettings, Dab, Stroke
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.edited import edited_hair
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.conftest import RADIUS_M

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushKind
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

FORWARDS = np.array([0, 0, -1], np.float32)


@cache
def head_of(hair: KnownHair) -> HeadCollider:
    return HeadCollider(hair.vertices, hair.faces)


def canvas_of(
    hair: KnownHair,
    strands: Strands | None,
    selected: np.ndarray | None = None,
    *,
    has_head: bool = True,
) -> HairCanvas:
    """A canvas of the known hair, of which rows [M] bool may be selected."""
    edits = HairEdits()
    if selected is not None:
        edits = HairEdits(base_count=len(hair.cloud))
        edits = replace(edits, selection=(255 * selected).astype(np.uint8))
    head = head_of(hair) if has_head else None
    return HairCanvas(hair.cloud, edits, strands=strands, head=head)


def paint(
    canvas: HairCanvas,
    kind: BrushKind,
    places: np.ndarray,
    radius_m: float = 0.01,
    *,
    is_inverted: bool = False,
    **options: float,
) -> None:
    """A stroke at full strength through places [n, 3]."""
    settings = BrushSettings(radius_m, 1.0, options=options)
    stroke = Stroke(kind, settings, canvas, False)
    before = places[0]
    for place in np.asarray(places, np.float32):
        stroke.dab(Dab(place, place - before, FORWARDS, radius_m, 1.0, is_inverted))
        before = place
    stroke.end()


def lawn_on() -> tuple[np.ndarray, np.ndarray]:
    """3000 places spread over the upper half of the ball, and which lie in a spot on its top."""
    index = np.arange(3000) + 0.5
    height = 1 - index / 3000
    angle = np.pi * (1 + np.sqrt(5)) * index
    level = np.sqrt(1 - height * height)
    points = np.stack([level * np.sin(angle), height, level * np.cos(angle)], -1)
    means = ((RADIUS_M + 0.003) * points).astype(np.float32)
    return means, np.linalg.norm(means - [0, RADIUS_M, 0], axis=1) < 0.012


def assert_untouched(canvas: HairCanvas, rows: np.ndarray) -> None:
    """Rows are what they were, to the last bit."""
    base, hair = canvas.base, canvas.edited
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    assert np.array_equal(hair.cloud.means[rows], base.means[rows])
    assert np.array_equal(hair.cloud.quats[rows], base.quats[rows])
    assert np.array_equal(hair.cloud.scales[rows], base.scales[rows])
    assert np.array_equal(hair.cloud.opacities[rows], base.opacities[rows])
    assert not hair.offsets[rows].any()


def assert_result_looks_alike(canvas: HairCanvas) -> None:
    """The document shows what was on the canvas."""
    shown, told = canvas.edited, edited_hair(canvas.base, canvas.result())
    assert np.array_equal(shown.rows, told.rows)
    for name in ("means", "scales", "opacities"):
        one, other = getattr(shown.cloud, name), getattr(told.cloud, name)
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    cosines = np.abs((shown.cloud.quats * told.cloud.quats).sum(axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-4)
    np.testing.assert_allclose(shown.offsets, told.offsets, atol=1e-6)


def assert_out_of_head(canvas: HairCanvas, hair: KnownHair, margin_m: float = 0.0005) -> None:
    """Nothing is deeper than it was, and nothing inside, by the exact ball."""
    assert hair.heights_m(canvas.means).min() > -margin_m
