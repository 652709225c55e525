"""The bench that compares pictures with the reference renderer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.bench import parity
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.motion import same_pose

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_picture_is_its_own_reference() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    found = parity.difference(picture, picture.astype(np.float32) / 255)
    assert found.psnr_db >= 120
    assert found.off_share == 0.0


def test_differences_are_those_of_the_definition() -> None:
    reference = np.full((10, 10, 3), 0.4, np.float32)
    picture = np.full((10, 10, 3), 102, np.uint8)
    picture[0, :3, 1] = 102 + 51
    picture[1, 0] = 102 + 4
    found = parity.difference(picture, reference)
    mean_square = (3 * 0.2**2 + 3 * (4 / 255) ** 2) / 300
    assert found.psnr_db == pytest.approx(-10 * np.log10(mean_square), abs=1e-3)
    assert found.off_share == 0.03


def test_the_pairs_are_twelve_and_all_different() -> None:
    pairs = parity.twelve_pairs(load_demo_avatar(), 60, 40)
    assert len(pairs) == 12
    assert all((camera.width_px, camera.height_px) == (60, 40) for _, camera in pairs)
    for index, one in enumerate(pairs):
        for other in pairs[:index]:
            same_view = np.array_equal(one.camera.view, other.camera.view)
            assert not (same_view and same_pose(one.motion, other.motion))


@pytest.mark.gl
@pytest.mark.usefixtures("_threads_as_before")
def test_the_keys_are_measured() -> None:
    results = parity.run(size_px=48, threads=1)
    assert set(results) == {
        "gl_reference_psnr_min_db",
        "gl_reference_psnr_mean_db",
        "gl_reference_off_max_percent",
    }
    assert 30 < results["gl_reference_psnr_min_db"] <= results["gl_reference_psnr_mean_db"]
    assert results["gl_reference_off_max_percent"] < 5
