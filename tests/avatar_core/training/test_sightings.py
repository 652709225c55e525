"""Which texels the pictures of a capture show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.training.captures import Capture, open_capture
from avatar_core.training.sightings import sightings

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead


@pytest.fixture
def model(ball_head: BlendshapeHead) -> MegaModel:
    pose = len(ball_head.expression_names)
    config = MegaConfig(
        n_expr=pose, n_pose=6, tex_size=32, tex_ch=12, disp_size=16, deform_layers=(8,),
        num_freqs=2, gaussians=1, sh_coefficients=1,
    )  # fmt: skip
    return MegaModel.of(ball_head, MegaNetworks(config).eval())


@pytest.fixture
def capture(capture_folder: Path) -> Capture:
    return open_capture(capture_folder)


def test_what_cameras_see_is_counted(model: MegaModel, capture: Capture) -> None:
    shares: list[float] = []
    counts = sightings(model, capture, shares.append)
    assert counts is not None
    assert counts.shape == (32, 32)
    assert (counts > 0).any()
    assert shares[-1] == 1.0


def test_more_pictures_show_more(model: MegaModel, capture: Capture) -> None:
    name = next(iter(capture.series))
    one = replace(capture, series={name: capture.series[name][:1]})
    two = replace(capture, series={name: capture.series[name][:1] * 2})
    few, many = sightings(model, one), sightings(model, two)
    assert few is not None
    assert many is not None
    np.testing.assert_array_equal(many, 2 * few)


def test_held_out_pictures_do_not_count(model: MegaModel, capture: Capture) -> None:
    name = next(iter(capture.series))
    held_out = replace(capture, series={"test": capture.series[name]})
    assert sightings(model, held_out) is None


def test_without_labels_nothing_is_known(model: MegaModel, capture: Capture) -> None:
    bare = {
        name: tuple(replace(frame, parsing_path=None) for frame in frames)
        for name, frames in capture.series.items()
    }
    assert sightings(model, replace(capture, series=bare)) is None
