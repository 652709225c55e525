"""Portraits that perform, with a model of few and random weights and by their landmarks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.latent_map import LatentMap
from avatar_core.emoportraits.latents import LatentBasis
from avatar_core.emoportraits.learned import Learned, learned_of
from avatar_core.emoportraits.model import PortraitModel, model_arrays, model_config, portrait_model
from avatar_core.emoportraits.model_performer import ModelPerformer
from avatar_core.emoportraits.performer import DriverPicture, WarpPerformer
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision
from avatar_core.errors import DeviceError, FaceNotFoundError, WeightsError
from avatar_core.motion import MotionFrame
from avatar_core.project.portrait import CropBox, Portrait
from avatar_core.project.portrait_settings import (
    PortraitBackground,
    PortraitDriver,
    PortraitSettings,
)

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig
    from avatar_core.frame import PortraitFrame

_CPU = torch.device("cpu")


def _learned(latent_size: int) -> Learned:
    rng = np.random.default_rng(4)
    slopes = rng.standard_normal((52, latent_size)).astype(np.float32)
    return Learned(
        LatentMap(
            np.zeros(latent_size, np.float32),
            slopes,
            np.zeros((0, latent_size), np.float32),
            np.ones(1, np.float32),
        ),
        LatentBasis(
            np.zeros(latent_size, np.float32),
            np.eye(latent_size, dtype=np.float32)[:3],
            np.ones(3, np.float32),
        ),
    )


@pytest.fixture
def model(small_config: PortraitConfig) -> PortraitModel:
    torch.manual_seed(5)
    config = replace(small_config, head_pose_width=8, head_pose_size=32, detail_width=8)
    arrays = model_arrays(
        PortraitGenerator(config).eval(),
        HeadPoseNet("resnet18", 8, 32).eval(),
        extra=_learned(config.expression_size).arrays(),
        half=False,
    )
    return portrait_model(model_config(config), arrays)


@pytest.fixture
def runtime(model: PortraitModel) -> PortraitRuntime:
    return PortraitRuntime(model, "Tiny", "tiny", _CPU, Precision.FULL)


@pytest.fixture
def portrait() -> Portrait:
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 255, (90, 120, 3), dtype=np.uint8)
    return Portrait("Known", "", picture, CropBox(20, 5, 80))


_SMILE = MotionFrame.from_units(mouthSmileLeft=1.0, mouthSmileRight=1.0)


def _head(frame: PortraitFrame) -> np.ndarray:
    assert frame.head is not None
    return frame.head


def test_a_motion_changes_the_head_and_nothing_else(
    runtime: PortraitRuntime, portrait: Portrait
) -> None:
    performer = ModelPerformer(runtime, portrait)
    rest = performer.perform(MotionFrame(), PortraitSettings())
    smile = performer.perform(_SMILE, PortraitSettings())
    size = runtime.side_of(portrait.box.side)
    assert _head(rest).shape == (size, size, 4)
    assert (_head(rest) != _head(smile)).any()
    assert rest.ground is smile.ground
    assert rest.head_box == (20, 5, 80, 80)
    assert rest.shown == (0, 0, 120, 90)


def test_a_model_that_keeps_pixels_draws_as_many_as_the_crop_has_up_to_twice_its_own(
    runtime: PortraitRuntime,
) -> None:
    own = runtime.model.config.image_size
    sides = [runtime.side_of(crop) for crop in (0.5 * own, own, 1.4 * own + 0.2, 9.0 * own)]
    assert sides == [own, own, round(1.4 * own + 0.2), 2 * own]


def test_a_model_without_the_sources_pixels_draws_at_its_own_size(model: PortraitModel) -> None:
    model.generator.detail_nw = None
    runtime = PortraitRuntime(model, "Tiny", "tiny", _CPU, Precision.FULL)
    assert runtime.side_of(1000) == model.config.image_size


def test_networks_see_a_large_crop_at_their_own_size(runtime: PortraitRuntime) -> None:
    own = runtime.model.config.image_size
    picture = np.random.default_rng(3).integers(0, 255, (own, own, 3), dtype=np.uint8)
    matte = np.full((own, own), 255, np.uint8)
    small = runtime.encode(picture, matte)
    large = runtime.encode(*(each.repeat(2, 0).repeat(2, 1) for each in (picture, matte)))
    for part in ("identity", "canonical", "theta", "latent"):
        torch.testing.assert_close(getattr(small, part), getattr(large, part))
    drawn = runtime.draw(large, large.latent + 0.5, large.theta)
    assert drawn.shape == (2 * own, 2 * own, 3)
    coarse = runtime.draw(small, small.latent + 0.5, small.theta)
    halved = drawn.reshape(own, 2, own, 2, 3).mean((1, 3))
    assert np.abs(halved - coarse).mean() < 0.5 * np.abs(halved - halved.mean((0, 1))).mean()


def test_gains_of_nothing_leave_the_expression(
    runtime: PortraitRuntime, portrait: Portrait
) -> None:
    performer = ModelPerformer(runtime, portrait)
    rest = performer.perform(MotionFrame(), PortraitSettings())
    still = performer.perform(_SMILE, PortraitSettings(multiplier=0.0))
    np.testing.assert_array_equal(_head(still), _head(rest))


def test_relative_motion_at_rest_shows_what_the_model_saw(
    runtime: PortraitRuntime, portrait: Portrait
) -> None:
    """A driver at rest asks for the source's own latent: the picture that `drive` gives for it."""
    performer = ModelPerformer(runtime, portrait)
    told = performer._direction.told(MotionFrame(), PortraitSettings())
    np.testing.assert_allclose(told, performer.code.latent, atol=1e-5)


def test_the_head_turns_only_when_asked_to(runtime: PortraitRuntime, portrait: Portrait) -> None:
    performer = ModelPerformer(runtime, portrait)
    turned = MotionFrame(head_rotation=np.array([0, 0.4, 0], np.float32))
    rest = performer.perform(MotionFrame(), PortraitSettings())
    held = performer.perform(turned, PortraitSettings(follows_pose=False))
    followed = performer.perform(turned, PortraitSettings())
    np.testing.assert_array_equal(_head(held), _head(rest))
    assert (_head(followed) != _head(rest)).any()


def test_latent_sliders_and_the_drivers_own_picture_are_followed(
    runtime: PortraitRuntime, portrait: Portrait
) -> None:
    performer = ModelPerformer(runtime, portrait)
    rest = performer.perform(MotionFrame(), PortraitSettings())
    slid = performer.perform(MotionFrame(), PortraitSettings(latent=(2.0,)))
    assert (_head(slid) != _head(rest)).any()
    rng = np.random.default_rng(8)
    driver = DriverPicture(rng.integers(0, 255, (60, 60, 3), dtype=np.uint8), CropBox(0, 0, 60))
    sees = PortraitSettings(follows=PortraitDriver.PICTURE)
    seen = performer.perform(MotionFrame(), sees, driver)
    assert (_head(seen) != _head(rest)).any()
    without = performer.perform(MotionFrame(), sees, None)
    np.testing.assert_array_equal(_head(without), _head(rest))


@pytest.mark.parametrize("background", list(PortraitBackground))
def test_each_background_has_what_it_says_behind_the_head(
    runtime: PortraitRuntime, portrait: Portrait, background: PortraitBackground
) -> None:
    frame = ModelPerformer(runtime, portrait).perform(
        MotionFrame(), PortraitSettings(background=background)
    )
    is_picture = background is PortraitBackground.PICTURE
    has_ground = is_picture or background is PortraitBackground.PLATE
    assert (frame.ground is not None) == has_ground
    assert frame.shown == ((0, 0, 120, 90) if is_picture else (20, 5, 80, 80))
    assert frame.colour == (
        (0, 1, 0, 1) if background is PortraitBackground.GREEN else (0, 0, 0, 0)
    )


def test_a_code_that_was_kept_spares_the_encoding(
    runtime: PortraitRuntime, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ModelPerformer(runtime, portrait)
    kept = replace(portrait, codes={"tiny": first.code})
    wanted = _head(first.perform(_SMILE, PortraitSettings()))
    monkeypatch.setattr(runtime, "encode", None)
    again = _head(ModelPerformer(runtime, kept).perform(_SMILE, PortraitSettings()))
    assert np.abs(again.astype(int) - wanted).max() <= 2  # the volume is kept in float16


def test_a_code_of_another_model_is_not_used(runtime: PortraitRuntime, portrait: Portrait) -> None:
    code = ModelPerformer(runtime, portrait).code
    odd = replace(code, latent=np.zeros(3, np.float32))
    performer = ModelPerformer(runtime, replace(portrait, codes={"tiny": odd}))
    assert performer.code.latent.shape == code.latent.shape


def test_half_precision_draws_nearly_the_same(model: PortraitModel, portrait: Portrait) -> None:
    # Pixels that are nothing like their neighbours differ wherever places differ by a hair.
    smooth = np.indices((90, 120)).sum(0)[..., None] + np.array([0, 20, 40])
    calm = replace(portrait, picture=smooth.astype(np.uint8))
    heads = [
        _head(
            ModelPerformer(PortraitRuntime(model, "Tiny", "tiny", _CPU, precision), calm).perform(
                _SMILE, PortraitSettings()
            )
        ).astype(int)
        for precision in (Precision.FULL, Precision.HALF)
    ]
    assert np.abs(heads[0] - heads[1]).mean() < 4


def test_without_a_map_motion_leaves_the_expression(
    model: PortraitModel, portrait: Portrait
) -> None:
    bare = replace(model, extra={})
    performer = ModelPerformer(
        PortraitRuntime(bare, "Bare", "bare", _CPU, Precision.FULL), portrait
    )
    rest = performer.perform(MotionFrame(), PortraitSettings())
    np.testing.assert_array_equal(_head(performer.perform(_SMILE, PortraitSettings())), _head(rest))


def test_a_map_of_another_model_is_refused(model: PortraitModel) -> None:
    wrong = replace(model, extra=_learned(5).arrays())
    with pytest.raises(WeightsError, match="map from motion"):
        PortraitRuntime(wrong, "Wrong", "wrong", _CPU)
    broken = {name: a for name, a in _learned(5).arrays().items() if "slopes" not in name}
    with pytest.raises(WeightsError, match="map from motion"):
        learned_of(broken, 5)


def test_what_was_learned_comes_back_from_its_arrays() -> None:
    learned = _learned(6)
    again = learned_of(learned.arrays(), 6)
    assert again is not None
    assert again.latent_basis is not None
    np.testing.assert_array_equal(again.latent_map.slopes, learned.latent_map.slopes)
    assert again.latent_basis.axes.shape == (3, 6)


def test_a_full_graphics_card_is_asked_for_less_and_then_left(
    model: PortraitModel, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processor plays the card; only what happens on failure counts."""
    said: list[str] = []
    runtime = PortraitRuntime(model, "Tiny", "tiny", _CPU, Precision.FULL, said.append)
    performer = ModelPerformer(runtime, portrait)
    wanted = _head(performer.perform(MotionFrame(), PortraitSettings()))
    drive = model.generator.drive
    left = [2]

    def full(*given: object) -> torch.Tensor:
        if left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError
        return drive(*given)  # type: ignore[arg-type]

    class Card:
        type = "cuda"

    monkeypatch.setattr(runtime, "_drive", full)
    monkeypatch.setattr(runtime, "_quickest", lambda: full)  # what was recorded is given back
    monkeypatch.setattr(runtime, "_here", lambda source: source)
    monkeypatch.setattr(runtime, "autocast", lambda: torch.autocast("cpu", enabled=False))
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *_args, **_named: self)
    runtime.device = Card()  # type: ignore[assignment]
    found = runtime.draw(performer._source, performer._source.latent, performer._source.theta)
    monkeypatch.undo()
    assert found.shape[:2] == wanted.shape[:2]
    assert ["half precision" in each for each in said] == [True, False]
    assert "processor" in said[1]
    assert runtime.device.type == "cpu"


def test_no_memory_at_all_is_said(
    model: PortraitModel, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = PortraitRuntime(model, "Tiny", "tiny", _CPU, Precision.FULL)

    def full(*_given: object) -> torch.Tensor:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(model.generator, "encode_source", full)
    with pytest.raises(DeviceError, match="memory"):
        ModelPerformer(runtime, portrait)


def test_a_warp_needs_a_face(portrait: Portrait) -> None:
    with pytest.raises(FaceNotFoundError, match="No face is known"):
        WarpPerformer(portrait)
