"""The bench of baking: its make-up, its views, the published procedure and what it keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.bench import budget_of, paint_bake
from avatar_core.bench.paint_baseline import SETTINGS, OfficialPainting
from avatar_core.bench.paint_makeup import bled, face_texels, makeup
from avatar_core.bench.paint_views import FaceView, basic_texels, face_view
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.mega.model import MegaModel
    from avatar_core.project import AvatarAsset


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


@pytest.fixture(scope="module")
def model(asset: AvatarAsset) -> MegaModel:
    return model_of(asset)


@pytest.fixture(scope="module")
def paint(model: MegaModel) -> np.ndarray:
    return makeup(model)


@pytest.fixture(scope="module")
def front(model: MegaModel, paint: np.ndarray) -> FaceView:
    return face_view(model, paint, MotionFrame(), 0.0, 0.0, 64)


def test_makeup_is_premultiplied_and_red_on_the_lips(model: MegaModel, paint: np.ndarray) -> None:
    assert paint.min() >= 0
    assert (paint[..., :3] <= paint[..., 3:] + 1e-6).all()
    texels = face_texels(model)
    lips = texels.parts == model.head.topology.part_names.index("lips")
    thick = lips & (paint[..., 3] > 0.7)
    assert thick.sum() > 300
    red, green, _, coverage = paint[thick].T
    assert (red > 2 * green).all()
    garment = texels.parts == model.head.topology.part_names.index("garment")
    assert paint[garment, 3].max() < 0.01
    assert 5000 < (paint[..., 3] > 0.05).sum() < 20_000
    assert coverage.max() <= 1


def test_paint_goes_on_a_little_beyond_its_chart() -> None:
    chart = np.zeros((9, 9), bool)
    chart[:, :4] = True
    spread = bled(np.where(chart[..., None], np.float32(0.5), np.float32(0)).repeat(4, -1), chart)
    np.testing.assert_array_equal(spread[4, :, 3] > 0, [True] * 6 + [False] * 3)


def test_unpainted_pixels_are_meant_to_stay(model: MegaModel, front: FaceView) -> None:
    plain = front.paint[:, 3] == 0
    assert plain.any()
    assert front.is_painted.any()
    shown = front.colours(model, basic_texels(model)).detach()
    torch.testing.assert_close(front.intended[plain], shown[plain].clamp(0, 1))
    changed = (front.intended - shown)[front.is_painted].abs().amax(-1)
    assert changed.mean() > 0.02


def test_all_paint_left_as_paint_is_the_intended_picture(model: MegaModel, front: FaceView) -> None:
    basic = basic_texels(model)
    kept = torch.ones(*basic.shape[:2], 1)
    with torch.inference_mode():
        shown = front.with_live_paint(model, basic, kept)
    torch.testing.assert_close(shown, front.intended)


def test_the_published_procedure_learns_and_keeps_what_is_outside(
    model: MegaModel, paint: np.ndarray, front: FaceView
) -> None:
    painting = OfficialPainting(model, paint, 64)
    before = basic_texels(model)
    losses = [painting.run_epoch() for _ in range(8)]
    assert losses[-1] < 0.7 * losses[0]
    changed = (painting.texture.detach() != before).any(-1)
    assert 0 < int(changed.sum()) <= painting.changed_texels
    errors = paint_bake.painted_errors(painting.model, painting.texture.detach(), [front])
    assert errors.mean() < paint_bake.painted_errors(model, before, [front]).mean()
    torch.testing.assert_close(basic_texels(model), before, rtol=0, atol=0)


def test_a_run_of_it_can_go_on_later(model: MegaModel, paint: np.ndarray) -> None:
    whole, first, second = (OfficialPainting(model, paint, 48) for _ in range(3))
    for _ in range(3):
        whole.run_epoch()
    first.run_epoch()
    second.restore(first.state())
    assert second.epoch == 1
    for _ in range(2):
        second.run_epoch()
    torch.testing.assert_close(second.texture, whole.texture, rtol=0, atol=1e-5)


def test_the_kept_run_was_complete_and_had_todays_settings() -> None:
    kept = paint_bake.kept_baseline()
    assert kept["settings"]["epochs"] == 2000
    assert {name: kept["settings"][name] for name in SETTINGS} == SETTINGS
    assert 0 < kept["delta_e"] < kept["delta_e_p95"]


def test_a_glaze_covers_a_hundred_thousand_texels(model: MegaModel) -> None:
    assert (paint_bake.glaze(model)[..., 3] > 0).sum() == 100_000


def test_what_was_promised_has_a_budget() -> None:
    for key, good, bad in (
        ("bake_100k_s", 5, 5.1),
        ("bake_ratio", 50, 49),
        ("bake_delta_e", 2, 2.1),
        ("bake_outside", 0, 1e-9),
    ):
        budget = budget_of(key)
        assert budget is not None
        assert budget.holds(good)
        assert not budget.holds(bad)
