"""Where the hair's Gaussians start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import AssetError
from avatar_core.gaussians.harmonics import BAND_0
from avatar_core.mega.hair import CanonicalGaussians
from avatar_core.training.captures import open_capture
from avatar_core.training.hair_settings import HairStart
from avatar_core.training.hair_start import (
    read_points,
    scene_extent,
    shell_points,
    start_at_points,
    start_hair,
)
from avatar_core.training.model_start import new_model
from avatar_core.training.settings import TrainerSettings, preset

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead

TINY = replace(preset("official"), tex_size=16, gaussians=50, device="cpu")


def started(
    capture_folder: Path, head: BlendshapeHead, settings: TrainerSettings
) -> CanonicalGaussians:
    capture = open_capture(capture_folder)
    model = new_model(capture, head, settings)
    start_hair(model, capture, capture.frames("hair"), settings)
    return model.networks.canonical_gs


def test_points_are_as_large_as_their_neighbours_are_far() -> None:
    """The root mean square distance of the three nearest, here on a square of 2 mm."""
    side = 0.002
    corners = side * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    points = np.concatenate([corners, np.array([[0, 0, 1]], np.float32)])
    gaussians = CanonicalGaussians(5, 4)
    start_at_points(gaussians, points, seed=3)
    expected = side * np.sqrt((1 + 1 + 2) / 3)
    scales = gaussians._scaling.detach().exp()
    torch.testing.assert_close(scales[:4], torch.full((4, 3), float(expected)))
    assert float(scales[4, 0]) > 0.9
    assert gaussians._rotation.tolist() == [[1, 0, 0, 0]] * 5
    torch.testing.assert_close(gaussians._opacity.detach().sigmoid(), torch.full((5, 1), 0.1))
    colours = gaussians._features_dc.detach()[:, 0] * BAND_0 + 0.5
    assert ((colours >= 0) & (colours <= 1)).all()
    assert len(colours.unique(dim=0)) == 5
    assert not gaussians._features_rest.any()


@pytest.mark.parametrize("count", [1, 2])
def test_few_points_and_points_on_one_spot_keep_a_size(count: int) -> None:
    gaussians = CanonicalGaussians(count)
    start_at_points(gaussians, np.zeros((count, 3), np.float32), seed=0)
    assert torch.isfinite(gaussians._scaling).all()


@pytest.mark.parametrize("place", [".", ".."])
def test_points_of_a_capture_lie_in_its_folder_or_the_persons(
    place: str, capture_folder: Path, ball_head: BlendshapeHead
) -> None:
    points = 0.1 * np.random.default_rng(2).standard_normal((70, 3)).astype(np.float32)
    np.save(capture_folder / place / "306_init_pts_150000.npy", points)
    gaussians = started(capture_folder, ball_head, TINY)
    np.testing.assert_array_equal(gaussians._xyz.detach().numpy(), points)
    assert len(gaussians._features_rest) == 70


def test_without_points_they_come_from_a_shell(
    capture_folder: Path, ball_head: BlendshapeHead
) -> None:
    gaussians = started(capture_folder, ball_head, TINY)
    distances = gaussians._xyz.detach().norm(dim=1)
    assert len(distances) == 50
    assert float(distances.min()) > 0.09
    assert float(distances.max()) < 0.12 + 1e-6
    guided = started(capture_folder, ball_head, replace(TINY, hair_start=HairStart.GUIDED))
    torch.testing.assert_close(guided._xyz.norm(dim=1).max() > 0.1, torch.tensor(True))
    assert len(guided._features_dc.detach().unique(dim=0)) == 1


def test_a_third_of_a_shell_lies_on_the_scalp() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 5]], np.float32)
    faces = np.array([[0, 1, 2], [1, 2, 3]], np.int32)
    scalp = np.array([0, 1, 2], np.int32)
    points, twice_area = shell_points(vertices, faces, scalp, 300, np.random.default_rng(1))
    assert twice_area == pytest.approx(1.0)
    assert (points[::3, 2] == 0).all()
    assert ((points[:, 2] >= 0) & (points[:, 2] <= 0.02)).all()
    assert (points[1::3, 2] > 0).all()
    assert ((points[:, :2] >= 0).all(1) & (points[:, :2].sum(1) <= 1)).all()


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((3, 2), np.float32),
        np.zeros((0, 3), np.float32),
        np.full((2, 3), np.inf),
        np.array([None, None], object),
    ],
)
def test_points_of_another_kind_are_refused(points: np.ndarray, tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    folder.mkdir()
    assert read_points(folder) is None
    np.save(folder / "x_init_pts_150000.npy", points, allow_pickle=True)
    with pytest.raises(AssetError, match="init_pts"):
        read_points(folder)


def test_damaged_points_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x_init_pts_150000.npy"
    np.save(path, np.zeros((100, 3), np.float32))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AssetError, match="init_pts"):
        read_points(tmp_path)


def test_extent_of_a_scene(capture_folder: Path) -> None:
    """Cameras half a metre from the middle, at -0.5, 0 and 0.5 rad."""
    frames = open_capture(capture_folder).frames("hair")
    middle = np.array([0, 0, (2 * np.cos(0.5) + 1) / 6])
    side = np.array([0.5 * np.sin(0.5), 0, 0.5 * np.cos(0.5)])
    assert scene_extent(frames) == pytest.approx(1.1 * np.linalg.norm(side - middle), rel=1e-5)
    assert scene_extent(frames[:1]) == 1.0
