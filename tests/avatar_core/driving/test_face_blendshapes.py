"""Expressions from landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving import face_blendshapes
from avatar_core.driving.face_blendshapes import FaceBlendshapes
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.errors import ShapeError
from avatar_core.motion import ARKIT_UNITS


class _Counter:
    """Stands in for the network: gives its outputs their own numbers, in hundredths."""

    def __init__(self, *_: object) -> None:
        self.shown = np.zeros((1, 146, 2), np.float32)

    def input(self) -> np.ndarray:
        return self.shown

    def run(self) -> tuple[np.ndarray]:
        return (np.arange(52, dtype=np.float32) / 100,)


def test_outputs_are_the_units_in_the_order_of_the_alphabet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google's list is ARKit's units without tongueOut, sorted, behind `_neutral`."""
    monkeypatch.setattr(face_blendshapes, "TfliteModel", _Counter)
    weights = FaceBlendshapes(b"", 1).weights(np.zeros((478, 3), np.float32))
    by_name = dict(zip(ARKIT_UNITS, weights, strict=True))
    assert by_name.pop("tongueOut") == 0
    for number, name in enumerate(sorted(by_name), start=1):
        assert by_name[name] == pytest.approx(number / 100)


def test_size_and_place_do_not_matter() -> None:
    network = FaceBlendshapes(load_landmarker_bundle().blendshapes, 1)
    face = load_landmarker_bundle().reference.points * np.array([1, -1, 1], np.float32)
    irises = np.repeat(face[[159, 386]], 5, axis=0)
    landmarks = np.concatenate([face, irises])
    weights = network.weights(landmarks)
    np.testing.assert_allclose(network.weights(1000 * landmarks + 300), weights, atol=1e-3)
    assert weights.max() > 0.05


def test_other_numbers_of_landmarks_are_a_callers_mistake() -> None:
    network = FaceBlendshapes(load_landmarker_bundle().blendshapes, 1)
    with pytest.raises(ShapeError, match="landmarks"):
        network.weights(np.zeros((468, 3), np.float32))
