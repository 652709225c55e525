from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from avatar_core.motion import (
    CORRECTED_COLUMNS,
    NO_CORRECTIONS,
    Corrections,
    Key,
    MotionFrame,
    Take,
    gaze_from_weights,
    same_pose,
    with_corrections_baked,
)
from avatar_core.motion.corrections import value_at, values_at


def still(seconds: float = 2.0, jaw: float = 0.25) -> Take:
    frames = [MotionFrame.from_units(i / 10, jawOpen=jaw) for i in range(int(seconds * 10) + 1)]
    return Take.from_frames("still", frames, 10)


def corrected(take: Take, **curves: list[tuple[float, float]]) -> Take:
    keys = {name: tuple(Key(*each) for each in curve) for name, curve in curves.items()}
    return replace(take, corrections=Corrections(keys))


def test_one_key_shifts_the_whole_take() -> None:
    take = corrected(still(), jawOpen=[(1.0, 0.5)])
    assert [take.frame_at(t).weight("jawOpen") for t in (-1, 0, 0.55, 2, 9)] == [0.75] * 5


def test_keys_of_zero_keep_a_correction_to_a_moment() -> None:
    take = corrected(still(), jawOpen=[(0.5, 0), (1.0, 0.5), (1.5, 0)])
    assert take.frame_at(0.4).weight("jawOpen") == 0.25
    assert take.frame_at(1.0).weight("jawOpen") == 0.75
    assert take.frame_at(0.75).weight("jawOpen") == pytest.approx(0.5)
    assert take.frame_at(1.6).weight("jawOpen") == 0.25


def test_the_recording_stays_as_it_was() -> None:
    take = still()
    before = take.weights.copy()
    shown = corrected(take, jawOpen=[(1.0, 0.5)])
    assert np.array_equal(shown.weights, before)
    bypassed = replace(shown, corrections=replace(shown.corrections, is_bypassed=True))
    assert same_pose(bypassed.frame_at(1.0), take.frame_at(1.0))


def test_curves_pass_through_their_keys_without_swinging_beyond() -> None:
    keys = tuple(Key(t, v) for t, v in ((0, 0), (0.2, 1), (0.3, 1), (1.0, -0.5), (1.1, 0)))
    times = np.linspace(-0.5, 1.5, 2001)
    curve = values_at(keys, times)
    assert [value_at(keys, key.time_s) for key in keys] == pytest.approx([k.value for k in keys])
    assert curve.max() <= 1 + 1e-12
    assert curve.min() >= -0.5 - 1e-12
    assert np.abs(np.diff(curve)).max() < 0.02  # nowhere a jump
    assert (curve[times <= 0] == 0).all()
    assert curve[times >= 1.1] == pytest.approx(0)


def test_inside_the_curve_is_the_monotone_cubic_of_the_literature() -> None:
    rng = np.random.default_rng(4)
    at, values = np.cumsum(rng.uniform(0.1, 1, 9)), rng.normal(0, 1, 9)
    keys = tuple(Key(t, v) for t, v in zip(at, values, strict=True))
    times = np.linspace(at[1], at[-2], 400)  # the ends have slopes of their own
    assert values_at(keys, times) == pytest.approx(PchipInterpolator(at, values)(times), abs=1e-9)


def test_one_time_alone_gives_what_many_give() -> None:
    rng = np.random.default_rng(6)
    for count in (1, 2, 3, 12):
        at = np.cumsum(rng.uniform(0.05, 1, count))
        keys = tuple(Key(t, v) for t, v in zip(at, rng.normal(0, 1, count), strict=True))
        times = np.r_[at, np.linspace(-1, at[-1] + 1, 101)]
        alone = [value_at(keys, time_s) for time_s in times.tolist()]
        assert alone == pytest.approx(values_at(keys, times), abs=1e-12)
    assert value_at((), 1.0) == 0


def test_weights_stay_in_their_range() -> None:
    take = corrected(still(jaw=0.8), jawOpen=[(0, 3.0)], mouthFunnel=[(0, -1.0)])
    frame = take.frame_at(0.5)
    assert frame.weight("jawOpen") == 1.0
    assert frame.weight("mouthFunnel") == 0.0


def test_head_and_gaze_are_turned_in_their_own_units() -> None:
    take = corrected(still(), headYaw=[(0, 0.2)], headY=[(0, 0.01)], gazePitch=[(0, 0.1)])
    frame = take.frame_at(1.0)
    assert frame.head_rotation == pytest.approx([0, 0.2, 0])
    assert frame.head_translation == pytest.approx([0, 0.01, 0])
    assert frame.gaze is not None
    assert frame.gaze == pytest.approx(np.array([[0, 0.1], [0, 0.1]]))


def test_gaze_is_corrected_on_top_of_the_eye_look_weights() -> None:
    frame = MotionFrame.from_units(0, eyeLookUpLeft=0.5, eyeLookUpRight=0.5)
    take = corrected(Take.from_frames("up", [frame], 30), gazeYaw=[(0, 0.1)])
    turned = take.frame(0)
    assert turned.gaze is not None
    assert turned.gaze[:, 1] == pytest.approx(gaze_from_weights(frame.weights)[:, 1])
    assert turned.gaze[:, 0] == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize("channel", ["jawOpen", "headRoll", "gazeYaw"])
def test_baked_it_plays_the_same_at_its_frames(channel: str) -> None:
    take = corrected(still(), **{channel: [(0.3, 0.0), (0.9, 0.2), (1.4, -0.1)]})
    baked = with_corrections_baked(take)
    assert baked.corrections == NO_CORRECTIONS
    for played, kept in zip(take.frames(), baked.frames(), strict=True):
        assert same_pose(played, kept)


def test_baking_what_is_bypassed_only_drops_it() -> None:
    take = corrected(still(), jawOpen=[(1.0, 0.5)])
    take = replace(take, corrections=replace(take.corrections, is_bypassed=True))
    assert np.array_equal(with_corrections_baked(take).weights, take.weights)


def test_keys_are_kept_in_order_and_one_per_moment() -> None:
    curves = NO_CORRECTIONS.with_keys("jawOpen", (Key(2, 0.2), Key(1, 0.1), Key(2, 0.3)))
    assert curves.keys("jawOpen") == (Key(1, 0.1), Key(2, 0.3))
    assert curves.with_keys("jawOpen", ()) == NO_CORRECTIONS


def test_a_bump_leaves_neighbouring_corrections_alone() -> None:
    curves = NO_CORRECTIONS.with_bump("jawOpen", 1.0, 0.5, 0.25)
    assert curves.keys("jawOpen") == (Key(0.75, 0), Key(1.0, 0.5), Key(1.25, 0))
    again = curves.with_bump("jawOpen", 1.5, 0.3, 0.25)
    assert again.keys("jawOpen")[3:] == (Key(1.5, 0.3), Key(1.75, 0))


def test_channels_are_kept_in_one_order() -> None:
    one = Corrections({"headYaw": (Key(0, 1),), "jawOpen": (Key(0, 1),), "tongueOut": ()})
    assert list(one.curves) == ["jawOpen", "headYaw"]
    assert len(CORRECTED_COLUMNS) == 60


@pytest.mark.parametrize(
    "curves",
    [
        {"jaw": (Key(0, 0),)},
        {"jawOpen": (Key(1, 0), Key(1, 0))},
        {"jawOpen": (Key(1, 0), Key(0, 0))},
    ],
)
def test_impossible_curves_are_refused(curves: dict[str, tuple[Key, ...]]) -> None:
    with pytest.raises(ValueError, match=r"channel|rise"):
        Corrections(curves)


@pytest.mark.parametrize("values", [(np.nan, 0), (0, np.inf)])
def test_keys_are_finite(values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        Key(*values)
