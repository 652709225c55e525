from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX
from avatar_core.motion.mouth_space import IS_MOUTH_UNIT, MouthSpace, spoken_space


@pytest.fixture
def mouths() -> np.ndarray:
    """Faces whose mouths move along two directions only."""
    rng = np.random.default_rng(7)
    weights = np.zeros((200, 52), np.float32)
    weights[:, UNIT_INDEX["jawOpen"]] = rng.uniform(0, 1, 200)
    weights[:, UNIT_INDEX["mouthPucker"]] = rng.uniform(0, 0.4, 200)
    weights[:, UNIT_INDEX["browInnerUp"]] = rng.uniform(0, 1, 200)
    return weights


def test_the_mouth_is_jaw_lips_tongue_and_puffed_cheeks() -> None:
    names = {name for name, inside in zip(ARKIT_UNITS, IS_MOUTH_UNIT, strict=True) if inside}
    assert {"jawOpen", "mouthClose", "mouthSmileLeft", "tongueOut", "cheekPuff"} <= names
    assert not any(name.startswith(("eye", "brow", "nose")) for name in names)


def test_there_and_back(mouths: np.ndarray) -> None:
    space = MouthSpace.of(mouths, 2)
    back = space.weights(space.coordinates(mouths))
    np.testing.assert_allclose(back[:, IS_MOUTH_UNIT], mouths[:, IS_MOUTH_UNIT], atol=1e-5)
    assert not back[:, ~IS_MOUTH_UNIT].any()


def test_coordinates_have_the_spread_one(mouths: np.ndarray) -> None:
    coordinates = MouthSpace.of(mouths, 2).coordinates(mouths)
    np.testing.assert_allclose(coordinates.std(0, ddof=1), 1, atol=1e-4)


def test_speech_takes_the_mouth_and_leaves_the_rest(mouths: np.ndarray) -> None:
    space = MouthSpace.of(mouths, 2)
    face, speech = mouths[3].copy(), mouths[5]
    face[UNIT_INDEX["mouthSmileLeft"]] = 0.5
    mixed = space.mixed(face, speech, 1.0)
    assert mixed[UNIT_INDEX["jawOpen"]] == pytest.approx(speech[UNIT_INDEX["jawOpen"]], abs=1e-5)
    # No speech ever moved this: it belongs to the complement.
    assert mixed[UNIT_INDEX["mouthSmileLeft"]] == pytest.approx(0.5, abs=1e-5)
    assert mixed[UNIT_INDEX["browInnerUp"]] == face[UNIT_INDEX["browInnerUp"]]
    np.testing.assert_allclose(space.mixed(face, speech, 0.0), face, atol=1e-6)


def test_units_without_a_share_neither_count_nor_move(mouths: np.ndarray) -> None:
    space = MouthSpace.of(mouths, 2)
    share = np.ones(52, np.float32)
    share[UNIT_INDEX["jawOpen"]] = 0
    difference = mouths[5] - mouths[3]
    gained = space.exchanged(difference, share)
    assert gained[UNIT_INDEX["jawOpen"]] == 0
    assert gained[UNIT_INDEX["mouthPucker"]] == pytest.approx(
        difference[UNIT_INDEX["mouthPucker"]], abs=1e-5
    )


def retained(**units: float) -> float:
    """How much of a movement speech takes over."""
    moved = np.zeros(52, np.float32)
    for name, value in units.items():
        moved[UNIT_INDEX[name]] = value
    taken = spoken_space().exchanged(moved, 1.0)
    return float(taken @ moved / (moved @ moved))


def test_the_shipped_space_holds_what_speech_does_and_no_smile() -> None:
    basis = spoken_space().basis
    np.testing.assert_allclose(basis @ basis.T, np.eye(8), atol=1e-5)
    assert retained(jawOpen=1) > 0.98
    assert retained(mouthPucker=1) > 0.98
    assert retained(tongueOut=1) > 0.98
    assert retained(mouthSmileLeft=1, mouthSmileRight=1) < 0.25
    assert retained(mouthSmileLeft=1, mouthSmileRight=-1) < 0.01
    assert retained(mouthFrownLeft=1, mouthFrownRight=1) < 0.01
    assert retained(cheekSquintLeft=1) == 0
