"""A take that was recorded on one avatar plays on another one, and on a portrait."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.emoportraits.performer import WarpPerformer
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.live_link_csv import load_live_link_csv, save_live_link_csv
from avatar_core.io.portrait_file import load_portrait
from avatar_core.io.take_file import load_take, save_take
from avatar_core.mega import PlainAvatar
from avatar_core.motion import Mixer, MixerSettings, MotionFrame, TakeRecorder
from avatar_core.motion.take_edits import trimmed
from avatar_core.project import PortraitSettings
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.motion import Take

FRAMES = 24


def driver(step: int) -> MotionFrame:
    """A jaw that opens and closes while the head turns and the eyes look aside."""
    part = step / (FRAMES - 1)
    frame = MotionFrame.from_units(
        step / 30, jawOpen=0.9 * np.sin(np.pi * part), mouthSmileLeft=0.5 * part
    )
    frame.head_rotation[1] = 0.3 * part
    return frame


@pytest.fixture(scope="module")
def rosa() -> PlainAvatar:
    return PlainAvatar(load_avatar(resource_path("demo", "rosa.avatar")))


@pytest.fixture(scope="module")
def omar() -> PlainAvatar:
    return PlainAvatar(load_avatar(resource_path("demo", "omar.avatar")))


@pytest.fixture(scope="module")
def recorded(rosa: PlainAvatar) -> tuple[Take, list[np.ndarray]]:
    """What was recorded while Rosa performed, and her head in every moment of it."""
    mixer, recorder, heads = Mixer(), TakeRecorder(lambda: 0.0), []
    for step in range(FRAMES):
        frame = driver(step)
        motion = mixer.mix(
            {"camera:0": frame}, "camera:0", MotionFrame(), MixerSettings(), frame.time_s
        )
        recorder.append(motion, frame.time_s)
        heads.append(rosa.evaluate(motion).vertices)
    return recorder.finish("On Rosa", 30), heads


@pytest.fixture(params=["take", "csv"])
def take(
    request: pytest.FixtureRequest, recorded: tuple[Take, list[np.ndarray]], tmp_path: Path
) -> Take:
    """The take as it comes back from a file, and its tolerance by the name of the file's kind."""
    if request.param == "take":
        save_take(recorded[0], tmp_path / "a.take")
        return load_take(tmp_path / "a.take")
    save_live_link_csv(recorded[0], tmp_path / "a.csv")
    return load_live_link_csv(tmp_path / "a.csv")


def tolerance_m(take: Take) -> float:
    """Nothing for our own file; a table is exact to 1e-6 of a weight and a radian."""
    return 0.0 if take.name == "On Rosa" else 2e-6


def test_it_plays_on_the_avatar_it_was_recorded_on(
    rosa: PlainAvatar, take: Take, recorded: tuple[Take, list[np.ndarray]]
) -> None:
    for index, head in enumerate(recorded[1]):
        played = rosa.evaluate(take.frame(index)).vertices
        assert np.abs(played - head).max() <= tolerance_m(take)


def test_it_plays_on_another_avatar(omar: PlainAvatar, take: Take) -> None:
    rest = omar.evaluate(MotionFrame()).vertices
    heads = [omar.evaluate(take.frame(index)).vertices for index in range(FRAMES)]
    wide = int(take.weights[:, 17].argmax())
    chin = rest[:, 1] < np.percentile(rest[:, 1], 60)
    assert np.abs(heads[wide] - rest)[chin].max() > 0.01  # the chin goes down by more than 1 cm
    steps = [np.abs(after - before).max() for before, after in pairwise(heads)]
    assert 0 < max(steps) < 0.02  # and never jumps


def test_it_plays_on_a_portrait(take: Take) -> None:
    portrait = WarpPerformer(load_portrait(resource_path("demo", "portraits", "lena.portrait")))
    settings = PortraitSettings()
    wide = int(take.weights[:, 17].argmax())
    frames = [portrait.perform(take.frame(index), settings) for index in (0, wide)]
    meshes = [frame.warp[1] for frame in frames if frame.warp is not None]
    assert meshes[1].jaw_shift[1] > meshes[0].jaw_shift[1] + 5  # pixels, down
    assert meshes[1].lips_parted > 0.2 > meshes[0].lips_parted
    assert frames[1].motion.weight("jawOpen") == pytest.approx(float(take.weights[wide, 17]))


def test_what_was_trimmed_plays_the_same_moments(rosa: PlainAvatar, take: Take) -> None:
    cut = trimmed(take, 0.2, 0.6)
    first = int((take.times_s >= 0.2 - 1e-9).argmax())
    for index in range(len(cut)):
        before = rosa.evaluate(take.frame(first + index)).vertices
        assert np.array_equal(rosa.evaluate(cut.frame(index)).vertices, before)
