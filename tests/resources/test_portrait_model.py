"""The portrait model that ships with the studio: what its file says, and that it moves faces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.exchange.portrait_engines import load_runtime, model_performer
from avatar_core.io.asset_references import PORTRAITS
from avatar_core.io.portrait_file import load_portrait
from avatar_core.io.portrait_model_file import load_portrait_model_info
from avatar_core.io.portrait_models import bundled_models_folder
from avatar_core.motion import UNIT_INDEX, MotionFrame
from avatar_core.project.portrait_settings import PortraitSettings

if TYPE_CHECKING:
    from avatar_core.emoportraits.model_performer import ModelPerformer
    from avatar_core.frame import PortraitFrame
    from avatar_core.geometry import Float32, UInt8

MODEL = bundled_models_folder() / "portrait_compact.safetensors"
IN_PLACE = replace(PortraitSettings(), blend=1.0)


@pytest.fixture(scope="module")
def performer() -> ModelPerformer:
    return model_performer(load_runtime(MODEL), load_portrait(PORTRAITS.path("demo:lena")))


def shown(frame: PortraitFrame) -> UInt8:
    """The head over grey, [S, S, 3]."""
    assert frame.head is not None
    alpha = frame.head[..., 3:].astype(np.float32) / 255
    grey = frame.head[..., :3] + 128 * (1 - alpha)
    return np.clip(grey, 0, 255).astype(np.uint8)


def seen(frame: PortraitFrame) -> tuple[Float32, Float32]:
    """The 52 weights and the head's rotation that the face tracker finds."""
    import cv2

    large = np.asarray(
        cv2.resize(shown(frame), (512, 512), interpolation=cv2.INTER_CUBIC), np.uint8
    )
    face = FaceTracker(threads=1).track(large, 0.0)
    assert face is not None
    return face.motion.weights, face.motion.head_rotation


def test_it_is_small_and_says_what_it_is_and_how_it_was_made() -> None:
    info = load_portrait_model_info(MODEL)
    assert MODEL.stat().st_size < 30e6
    assert "import the official weights for photographs" in info.description
    assert info.licences["weights"].startswith("CC0-1.0")
    assert {"command", "seed", "steps", "hours", "data", "preset"} <= info.provenance.keys()
    assert "train-portrait" in info.provenance["command"]
    scores = info.provenance["scores"]
    assert scores["people"] >= 16
    assert scores["pose_error_truth_deg_median"] <= 5
    assert scores["expression_ratio_truth_from_weights"] <= 0.7
    assert scores["render_identity_to_source"] > scores["render_identity_to_driver"] + 0.3


def test_a_jaw_opens_and_the_head_turns(performer: ModelPerformer) -> None:
    rest, _ = seen(performer.perform(MotionFrame(), IN_PLACE))
    opened, _ = seen(performer.perform(MotionFrame.from_units(jawOpen=0.9), IN_PLACE))
    jaw = UNIT_INDEX["jawOpen"]
    assert opened[jaw] > rest[jaw] + 0.15
    turned = replace(MotionFrame(), head_rotation=np.array([0, 0.35, 0], np.float32))
    _, before = seen(performer.perform(MotionFrame(), IN_PLACE))
    _, after = seen(performer.perform(turned, IN_PLACE))
    assert abs(after[1] - before[1]) > 0.2


def test_a_person_stays_who_it_is(performer: ModelPerformer) -> None:
    """Colours of a calm portrait are those of its picture."""
    portrait = load_portrait(PORTRAITS.path("demo:lena"))
    x, y, side = (round(each) for each in portrait.box)
    crop = portrait.picture[y : y + side, x : x + side].astype(np.float32)
    assert portrait.matte is not None
    matte = portrait.matte[y : y + side, x : x + side] > 200
    frame = performer.perform(MotionFrame(), PortraitSettings())
    assert frame.head is not None
    covered = frame.head[..., 3] > 200
    drawn = frame.head[covered][:, :3].mean(0)
    np.testing.assert_allclose(drawn, crop[matte].mean(0), atol=20)
