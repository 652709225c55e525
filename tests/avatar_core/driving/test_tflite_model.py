"""Running one network."""

from __future__ import annotations

import os

import numpy as np
import pytest

from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.quiet import quiet_stderr
from avatar_core.driving.tflite_model import TfliteModel
from avatar_core.errors import WeightsError


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_bytes_that_are_no_network_are_refused(content: bytes) -> None:
    with pytest.raises(WeightsError, match="'lips'"):
        TfliteModel(content, 1, "lips")


def test_outputs_are_copies_that_survive_the_next_run() -> None:
    model = TfliteModel(load_landmarker_bundle().blendshapes, 1, "blendshapes")
    points = np.random.default_rng(0).normal(size=(146, 2))
    model.input()[0] = points
    (first,) = model.run()
    kept = first.copy()
    model.input()[0] = points[::-1]
    (second,) = model.run()
    np.testing.assert_array_equal(first, kept)
    assert np.abs(first - second).max() > 0.01


def test_loading_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    TfliteModel(load_landmarker_bundle().blendshapes, 1, "blendshapes")
    assert capfd.readouterr() == ("", "")


def test_standard_error_works_again_after_the_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr():
        os.write(2, b"unheard")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_silence_ends_when_the_call_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), quiet_stderr():
        raise RuntimeError
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
