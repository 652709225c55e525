"""Phones to curves: pulls that overlap, contacts that hold, and the open head they are made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_core.driving.speech.coarticulation import (
    FRAME_RATE_HZ,
    Fade,
    amount_of_pace,
    contact_course,
    dominance,
    minimum_jerk,
    spoken_weights,
)
from avatar_core.driving.speech.phone_shapes import CONTACTS, SHAPES, Contact
from avatar_core.driving.speech.visemes import DIPHTHONGS, PHONES, Phone, lip_gap
from avatar_core.heads import landmark_positions
from avatar_core.io.avatar_file import load_avatar
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads import BlendshapeHead

LIPS_SHUT = ("m", "b", "p")
LIP_BITTEN = ("f", "v")


def said(names: str, each_s: float = 0.1) -> tuple[Phone, ...]:
    """Phones of the same length, half a second of silence on both sides."""
    phones, start_s = [Phone("pau", 0.0, 0.5)], 0.5
    for name in names.split():
        phones.append(Phone(name, start_s, start_s + each_s))
        start_s += each_s
    return (*phones, Phone("pau", start_s, start_s + 0.5))


def frames_of(phones: tuple[Phone, ...], rate_hz: float = FRAME_RATE_HZ) -> Float64:
    return np.arange(int(phones[-1].end_s * rate_hz)) / rate_hz


def unit(weights: Float32, name: str) -> Float32:
    return weights[:, UNIT_INDEX[name]]


def heard(phones: tuple[Phone, ...], times_s: Float64, name: str) -> np.ndarray:
    """Which frames lie within a phone of that name."""
    inside = [
        (times_s >= phone.start_s) & (times_s < phone.end_s)
        for phone in phones
        if phone.name == name
    ]
    return np.any(inside, axis=0)


def test_every_phone_has_a_shape_and_contacts_are_those_of_lips() -> None:
    assert set(SHAPES) | set(DIPHTHONGS) == set(PHONES)
    assert tuple(CONTACTS[Contact.LIPS]) == LIPS_SHUT
    assert tuple(CONTACTS[Contact.LIP_AND_TEETH]) == LIP_BITTEN


def test_a_sound_rules_its_middle_half_and_fades_at_its_two_rates() -> None:
    times_s = np.array([1.0, 1.05, 1.10, 1.15, 1.25, 0.95])
    found = dominance(times_s, 1.0, 1.2, Fade(before=10, after=20))
    # The middle half is 1.05..1.15: 0.05 s early, 0.1 s late, 0.1 s early.
    expected = [np.exp(-0.5), 1, 1, 1, np.exp(-2.0), np.exp(-1.0)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_long_vowel_reaches_its_target() -> None:
    phones = said("aa", each_s=1.2)
    jaw = unit(spoken_weights(phones, frames_of(phones)), "jawOpen")
    # Slow speech opens by at most 1.15 of what the table says.
    assert jaw.max() == pytest.approx(1.15 * SHAPES["aa"].jaw, rel=0.02)


def test_lips_round_before_the_vowel_that_wants_it_is_heard() -> None:
    times_s = frames_of(said("t uw"))
    t = heard(said("t uw"), times_s, "t")
    round_lips = unit(spoken_weights(said("t uw"), times_s), "mouthPucker")[t].mean()
    wide_lips = unit(spoken_weights(said("t iy"), times_s), "mouthPucker")[t].mean()
    assert round_lips > 0.25
    assert wide_lips < 0.02


def test_a_vowel_between_neighbours_opens_less_than_alone() -> None:
    crowded, alone = said("s aa s", 0.08), said("aa", 0.24)
    widest = [
        unit(spoken_weights(phones, frames_of(phones)), "jawOpen").max()
        for phones in (crowded, alone)
    ]
    assert widest[0] < 0.85 * widest[1]


@pytest.mark.parametrize("name", LIPS_SHUT)
@pytest.mark.parametrize("vowel", ["aa", "iy", "uw"])
def test_lips_shut_for_every_frame_of_a_closure_however_loud(name: str, vowel: str) -> None:
    phones = said(f"{vowel} {name} {vowel}", 0.07)
    times_s = frames_of(phones)
    weights = spoken_weights(phones, times_s, np.ones(len(times_s)))
    phone = phones[2]
    held = phone.start_s + CONTACTS[Contact.LIPS][name].share * phone.duration_s
    closed = (times_s >= phone.start_s) & (times_s < held)
    assert closed.sum() >= 2
    assert (lip_gap(weights[closed]) <= 0).all()
    assert (unit(weights, "jawOpen")[closed] <= 0.15).all()
    assert (unit(weights, "mouthClose") >= unit(weights, "jawOpen"))[closed].all()
    assert lip_gap(weights).max() > 0.1, "the vowels beside it are open"


def test_a_closure_shorter_than_a_frame_is_seen_in_two() -> None:
    times_s = np.linspace(0.4, 0.7, 301)
    course = contact_course((Phone("b", 0.5, 0.51),), times_s, Contact.LIPS)
    assert np.ptp(times_s[course == 1]) > 2 / FRAME_RATE_HZ


def test_p_opens_at_its_burst_and_m_when_it_ends() -> None:
    times_s = np.linspace(0.5, 0.6, 41)
    opened = {
        name: times_s[contact_course((Phone(name, 0.5, 0.6),), times_s, Contact.LIPS) > 0.999][-1]
        for name in LIPS_SHUT
    }
    assert opened["p"] == pytest.approx(0.565, abs=0.012)
    assert opened["m"] == pytest.approx(0.6, abs=0.003)
    assert opened["p"] < opened["b"] < opened["m"]


@pytest.mark.parametrize("name", LIP_BITTEN)
def test_lower_lip_meets_the_teeth_while_upper_lip_shows_them(name: str) -> None:
    phones = said(f"aa {name} aa")
    times_s = frames_of(phones)
    weights = spoken_weights(phones, times_s)
    middle = weights[np.abs(times_s - 0.65).argmin()][None]
    assert unit(middle, "mouthRollLower") > 0.6
    assert unit(middle, "mouthUpperUpLeft") > 0.25
    assert unit(middle, "jawOpen") <= 0.15


def test_th_shows_the_tongue_and_t_keeps_it_behind_the_teeth() -> None:
    def furthest(name: str) -> float:
        phones = said(f"aa {name} aa")
        return float(unit(spoken_weights(phones, frames_of(phones)), "tongueOut").max())

    assert furthest("th") > 0.3
    assert 0.03 < furthest("t") < 0.2
    assert furthest("k") < 0.01


def test_silence_is_a_mouth_at_rest() -> None:
    phones = said("aa m iy")
    weights = spoken_weights(phones, frames_of(phones))
    assert weights[0].max() < 0.02
    assert weights[-1].max() < 0.02


def test_nothing_to_say_or_no_moment_to_look_at() -> None:
    assert spoken_weights((), np.arange(3) / 60).tolist() == np.zeros((3, 52)).tolist()
    assert spoken_weights(said("aa"), np.zeros(0)).shape == (0, 52)


def test_a_single_moment_is_as_in_a_row() -> None:
    phones = said("b aa w")
    times_s = frames_of(phones)
    row = spoken_weights(phones, times_s)[40]
    np.testing.assert_allclose(spoken_weights(phones, times_s[40:41])[0], row, atol=2e-3)


def test_a_loud_voice_opens_the_jaw_wider() -> None:
    phones = said("aa")
    times_s = frames_of(phones)
    loud, quiet = (spoken_weights(phones, times_s, np.full(len(times_s), v)) for v in (1.0, 0.0))
    widest = unit(loud, "jawOpen").max() / unit(quiet, "jawOpen").max()
    assert widest == pytest.approx(1.15 / 0.85, rel=1e-3)


def test_fast_speech_moves_less() -> None:
    assert amount_of_pace(said("aa t aa t", 1 / 12)) == pytest.approx(1)
    assert amount_of_pace(said("aa t aa t", 1 / 15)) == pytest.approx(0.91)
    assert amount_of_pace(said("aa", 2.0)) == 1.15
    assert amount_of_pace(said("aa t", 0.01)) == 0.8
    assert amount_of_pace((Phone("pau", 0, 1),)) == 1


def test_the_way_to_a_contact_starts_and_ends_at_rest() -> None:
    eased = minimum_jerk(np.array([-1.0, 0.0, 0.001, 0.5, 0.999, 1.0, 2.0]))
    np.testing.assert_allclose(eased, [0, 0, 0, 0.5, 1, 1, 1], atol=1e-6)


def test_both_sides_move_alike_and_nothing_but_the_mouth() -> None:
    phones = said(" ".join(name for name in PHONES if name != "pau"))
    weights = spoken_weights(phones, frames_of(phones))
    moved = {ARKIT_UNITS[index] for index in np.flatnonzero(weights.max(0))}
    assert all(name.startswith(("jaw", "mouth", "tongue")) for name in moved)
    for name in moved:
        if name.endswith("Left"):
            right = unit(weights, name.replace("Left", "Right"))
            np.testing.assert_array_equal(unit(weights, name), right)


words = st.lists(st.sampled_from(PHONES), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(words, st.floats(0.03, 0.3), st.floats(-5, 50))
def test_curves_are_weights_and_move_with_their_sounds(
    names: list[str], each_s: float, later_s: float
) -> None:
    phones = said(" ".join(names), each_s)
    times_s = frames_of(phones)
    weights = spoken_weights(phones, times_s)
    assert weights.dtype == np.float32
    assert weights.min() >= 0
    assert weights.max() <= 1
    moved = [Phone(p.name, p.start_s + later_s, p.end_s + later_s) for p in phones]
    np.testing.assert_allclose(spoken_weights(moved, times_s + later_s), weights, atol=1e-5)


@pytest.fixture(scope="module", params=["omar", "rosa"])
def head(request: pytest.FixtureRequest) -> BlendshapeHead:
    asset = load_avatar(resource_path("demo", f"{request.param}.avatar"))
    return asset.head  # type: ignore[return-value]


def inner_lips_mm(head: BlendshapeHead, weights: Float32) -> tuple[Float32, Float32]:
    """Middle of the inner upper and lower lip."""
    still = np.zeros(3, np.float32)
    parameters = head.parameters_from_arkit(ARKIT_UNITS, weights, still, still, None)
    marks = landmark_positions(head.topology, head.pose(parameters)) * 1000
    return marks[62], marks[66]


def test_lip_gap_is_what_the_open_head_shows(head: BlendshapeHead) -> None:
    def gap_mm(weights: Float32) -> float:
        upper, lower = inner_lips_mm(head, weights)
        return float(upper[1] - lower[1])

    rest_mm = gap_mm(MotionFrame().weights)
    jaw_mm = gap_mm(MotionFrame.from_units(jawOpen=1).weights) - rest_mm
    phones = said("aa m ow p iy f uw sh th eh b ae w v ao")
    for weights in spoken_weights(phones, frames_of(phones))[30:-30:3]:
        told_mm = float(lip_gap(weights)) * jaw_mm
        assert gap_mm(weights) - rest_mm == pytest.approx(told_mm, abs=1.0)


def test_closed_lips_touch_on_the_open_head(head: BlendshapeHead) -> None:
    upper, lower = inner_lips_mm(head, MotionFrame().weights)
    rest_mm = upper[1] - lower[1]
    for vowel in ("aa", "iy", "uw", "sh"):
        phones = said(f"{vowel} m {vowel}")
        weights = spoken_weights(phones, frames_of(phones))
        for frame in weights[36:42]:
            upper, lower = inner_lips_mm(head, frame)
            assert upper[1] - lower[1] < rest_mm, vowel


def test_bitten_lip_reaches_the_edge_of_the_upper_teeth(head: BlendshapeHead) -> None:
    topology = head.topology
    part = topology.part_names.index("teeth_upper")
    teeth = 1000 * head.vertices[np.unique(topology.faces[topology.face_part == part])]
    edge_mm = teeth[np.abs(teeth[:, 0]) < 6][:, 1].min()
    phones = said("aa f aa")
    weights = spoken_weights(phones, frames_of(phones))
    for frame in weights[37:41]:
        upper, lower = inner_lips_mm(head, frame)
        assert lower[1] > edge_mm - 0.8, "the lip hides the edge of the teeth"
        assert upper[1] > edge_mm + 2.0, "the upper lip leaves them in sight"
