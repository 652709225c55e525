from __future__ import annotations

import numpy as np
import pytest

from avatar_core.bench import paint
from avatar_core.bench.budgets import budget_of
from avatar_core.bench.registry import BENCHES
from avatar_core.texture.stamp import SurfaceBrush, stamp_on_surface
from avatar_core.texture.tip import Tip


@pytest.mark.filterwarnings("error")
def test_reports_times_and_sizes(monkeypatch) -> None:
    monkeypatch.setattr(paint, "_STROKES", 5)
    monkeypatch.setattr(paint, "_UNDOS", 3)
    monkeypatch.setattr(paint, "_DABS", 8)

    figures = paint.run(512, bakes=False)

    assert set(figures) == {
        "paint_dab_ms", "paint_undo_ms", "paint_stroke_kb", "paint_100_strokes_mb", "paint_atlas_s",
    }  # fmt: skip
    assert all(value > 0 for value in figures.values())
    assert all(budget_of(key) is not None for key in ("paint_dab_ms", "paint_undo_ms"))
    assert "paint" in BENCHES


def test_the_brush_is_64_texels_wide_and_the_face_is_left_as_it_was() -> None:
    subject = paint.paint_subject(512)
    place = subject.ground.onto(paint._CHEEK.astype(np.float64)).astype(np.float32)
    view = np.array([0, 0, -1], np.float32)

    stamp = stamp_on_surface(
        subject.atlas, subject.vertices, SurfaceBrush(place, subject.radius_m, view, tip=Tip(1.0))
    )

    before = subject.compositor.maps.colour.copy()
    paint._dab_ms(subject)
    assert len(subject.painting.layers) == 10
    assert np.array_equal(subject.compositor.maps.colour, before)
    assert 0.5 < len(stamp.texels) / (np.pi * 32**2) < 2
