"""Warps made from the truth have to read the truth: the egg of `toy_people` is analytic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.pose import identity_grid, inverse, pose_grid, sample_volume
from avatar_core.motion import UNIT_INDEX
from avatar_core.training.portrait_batch import batch_of
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_truth import (
    SurfacePoints,
    depth_error,
    flow_errors,
    stress_of,
    surface_points,
    warp_from_error,
    warp_to_error,
)
from tests.avatar_core.training.toy_people import AXES, JAW_DROP, neutral_of, write_people

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.portrait_batch import PortraitBatch

SIZES = (16, 32, 32)


@pytest.fixture
def batch(tmp_path: Path):  # type: ignore[no-untyped-def]
    person = People(write_people(tmp_path / "people"), "train", 32).person("00000")
    return batch_of(person, [0, 1, 2])


def cells() -> torch.Tensor:
    """Centres of a volume's cells by the faces of the cells, [D, H, W, 3]."""
    grid = identity_grid(*SIZES)[..., :3]
    counts = torch.tensor([SIZES[2], SIZES[1], SIZES[0]])
    return grid * (counts - 1) / counts


def true_from(jaw: float) -> torch.Tensor:
    """What the warp from canonical space has to be, cell by cell.

    Pose grids count both ends, so pictures come out a little small; the warp makes up for it.
    """
    posed = cells() / torch.tensor([SIZES[2] / (SIZES[2] - 1), SIZES[1] / (SIZES[1] - 1), 1])
    return torch.from_numpy(neutral_of(posed.numpy(), jaw))[None].float()


def true_to(jaw: float) -> torch.Tensor:
    """The warp to canonical space: the inverse of the egg's jaw, read in pose-grid places."""
    neutral = cells().numpy()
    opened = neutral.copy()
    below = neutral[..., 1] > 0
    opened[..., 1] = np.where(
        below, neutral[..., 1] / (1 - JAW_DROP * jaw / AXES[1]), neutral[..., 1]
    )
    counts = torch.tensor([SIZES[2], SIZES[1], SIZES[0]])
    return (torch.from_numpy(opened) * (counts - 1) / counts)[None].float()


def jaws(batch) -> list[float]:  # type: ignore[no-untyped-def]
    return batch.motion[0, :, UNIT_INDEX["jawOpen"]].tolist()


def test_the_true_warps_have_no_error_and_identities_have_one(batch) -> None:  # type: ignore[no-untyped-def]
    points = surface_points(batch, torch.Generator().manual_seed(0), stride=1)
    theta = batch.theta[0]
    true = torch.cat([true_from(jaw) for jaw in jaws(batch)])
    none = torch.cat([true_from(0.0)] * 3)
    right, wrong = warp_from_error(true, points, theta), warp_from_error(none, points, theta)
    assert float(right) < 0.01
    assert float(wrong) > 3 * float(right)
    back = torch.cat([true_to(jaw) for jaw in jaws(batch)])
    assert float(warp_to_error(back, points, theta)) < 0.02


def test_the_true_warps_carry_the_source_onto_the_driver(batch) -> None:  # type: ignore[no-untyped-def]
    """A field over the source's picture, unposed, posed as the driver: the driver's own field."""
    theta, (first, second, _) = batch.theta[0], jaws(batch)
    depth, height, width = SIZES
    counts = torch.tensor([width, height, depth])
    image = identity_grid(*SIZES)[..., :3] * (counts - 1) / counts  # cell centres, image space

    def neutral_field(index: int, jaw: float) -> torch.Tensor:
        posed = image @ theta[index, :3, :3].T + theta[index, :3, 3]
        field = torch.from_numpy(neutral_of(posed.numpy(), jaw)).float()
        return field.permute(3, 0, 1, 2)[None]

    volume = neutral_field(0, first)
    unposed = sample_volume(volume, pose_grid(inverse(theta[:1]), *SIZES))
    canonical = sample_volume(unposed, true_to(first))
    moved = sample_volume(canonical, true_from(second))
    drawn = sample_volume(moved, pose_grid(theta[1:2], *SIZES))
    wanted = neutral_field(1, second)
    middle = (slice(None), slice(None), slice(6, 10), slice(12, 20), slice(12, 20))
    assert float((drawn - wanted)[middle].abs().max()) < 0.03


def test_pixels_without_a_head_ask_nothing(batch) -> None:  # type: ignore[no-untyped-def]
    points = surface_points(batch, torch.Generator().manual_seed(0))
    nobody = type(points)(points.image, points.neutral, torch.zeros_like(points.seen))
    assert (
        float(warp_from_error(true_from(0.0).expand(3, -1, -1, -1, -1), nobody, batch.theta[0]))
        == 0.0
    )


def test_points_count_where_details_move() -> None:
    """Three points: beside the face, calm about the mouth, moved about the mouth."""
    image = torch.tensor([[[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]])
    neutral = image + torch.tensor([[0.0, 0, 0], [0, 0, 0], [0, 0.04, 0]])
    points = SurfacePoints(image, neutral, torch.ones(1, 3, dtype=torch.bool))
    details = torch.zeros(1, 1, 32, 32)
    details[..., 16:] = 1
    theta = torch.eye(4)[None]
    found = stress_of(points, theta, details, 20.0)
    torch.testing.assert_close(found, torch.tensor([[0.05, 0.35, 1.15]]))
    far = SurfacePoints(image, image + 5, points.seen)
    assert stress_of(far, theta, details, 20.0).max() == pytest.approx(0.05 + 0.3 + 20 * 0.1)
    assert stress_of(points, theta, details, 0.0).tolist() == [[1, 1, 1]]


def test_stress_leaves_out_what_counts_nothing(batch) -> None:  # type: ignore[no-untyped-def]
    points = surface_points(batch, torch.Generator().manual_seed(0), stride=1)
    theta, warp = batch.theta[0], torch.cat([true_from(0.0)] * 3)
    even = torch.full_like(points.image[..., 0], 0.3)
    plain = warp_from_error(warp, points, theta)
    torch.testing.assert_close(warp_from_error(warp, points, theta, even), plain)
    below = (points.neutral[..., 1] > 0).float()  # where jaws open
    assert float(warp_from_error(warp, points, theta, below)) > 1.2 * float(plain)
    assert float(warp_from_error(warp, points, theta, 1 - below)) < 0.8 * float(plain)


def test_calm_sources_are_read_where_the_point_was(batch) -> None:  # type: ignore[no-untyped-def]
    """The place in the source of every point that the drivers show, by the egg's own geometry."""
    batch.motion[0, 0] = 0
    back = np.linalg.inv(batch.theta[0, 0].numpy())
    neutral = batch.neutral[0, 1:].numpy()
    wanted = torch.from_numpy((neutral @ back[:3, :3].T + back[:3, 3])[..., :2]).movedim(-1, 1)
    at = wanted.nan_to_num().float()
    assert float(flow_errors(at, batch).places) < 1e-4
    assert float(flow_errors(at + 0.1, batch).places) == pytest.approx(0.2, rel=1e-3)
    assert float(flow_errors(at + 0.1, batch, 20.0).places) == pytest.approx(0.2, rel=1e-3)
    off = at.clone()
    off[:, :, : at.shape[2] // 2] += 0.1  # above the jaw, which alone moves
    assert float(flow_errors(off, batch, 20.0).places) < 0.9 * float(flow_errors(off, batch).places)
    batch.motion[0, 0, 0] = 0.5  # not calm
    assert float(flow_errors(at + 0.1, batch).places) == 0


def test_a_face_that_is_off_as_a_whole_has_its_shape(batch: PortraitBatch) -> None:
    batch.motion[0, 0] = 0
    batch.details[:] = 0.5
    back = np.linalg.inv(batch.theta[0, 0].numpy())
    neutral = batch.neutral[0, 1:].numpy()
    wanted = torch.from_numpy((neutral @ back[:3, :3].T + back[:3, 3])[..., :2]).movedim(-1, 1)
    at = wanted.nan_to_num().float()
    assert float(flow_errors(at, batch).shapes) < 1e-4
    as_a_whole = flow_errors(at + 0.1, batch)
    assert float(as_a_whole.shapes) < 1e-4
    assert float(as_a_whole.places) > 0.15
    bent = at.clone()
    middle = at.shape[2] // 2
    bent[:, :, middle : middle + 2] += 0.1
    assert float(flow_errors(bent, batch).shapes) > 0.01


def test_true_depths_are_asked_for_and_those_of_nobody_are_not(batch: PortraitBatch) -> None:
    wanted = batch.depth[0, 1:].clone()
    found = wanted.nan_to_num(5.0)  # where nobody is, anything goes
    assert float(depth_error(found, batch)) == 0
    assert float(depth_error(found + 0.1, batch)) == pytest.approx(0.1, rel=1e-4)
