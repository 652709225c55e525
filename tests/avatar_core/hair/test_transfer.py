"""Other hair on this head: what comes, what goes, and that nothing lies in the head."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import quat_from_axis_angle
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.dissolve import arrived, root_turns, strands_of
from avatar_core.hair.edited import edited_hair
from avatar_core.hair.transfer import (
    SwapMode,
    Transplant,
    swap_into,
    with_harmonics,
)
from avatar_core.project.hair_edits import HairEdits

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair


@pytest.fixture
def other(known_hair: KnownHair) -> Transplant:
    """The known hair itself, a millimetre farther out and red, as foreign hair on the same head."""
    cloud = known_hair.cloud
    roots = cloud.means[known_hair.order == 0]
    turns = np.linspace(0.01, 0.99, len(roots), dtype=np.float32)[known_hair.strand]
    foreign = replace(cloud, means=1.01 * cloud.means, sh=cloud.sh + 0.1)
    return Transplant(foreign, np.arange(len(cloud), dtype=np.int32), turns, turns)


def canvas_of(hair: KnownHair, edits: HairEdits | None = None) -> HairCanvas:
    return HairCanvas(hair.cloud, edits or HairEdits())


def seen(canvas: HairCanvas) -> tuple[np.ndarray, np.ndarray]:
    """Opacities of the own hair [N] and of what came."""
    hair = edited_hair(canvas.base, canvas.result())
    return np.split(hair.cloud.opacities, [len(canvas.base)])


def test_share_0_leaves_everything_as_it_was(known_hair: KnownHair, other: Transplant) -> None:
    canvas = canvas_of(known_hair)
    assert len(swap_into(canvas, other, 0.0)) == 0
    assert edited_hair(known_hair.cloud, canvas.result()).is_plain


def test_share_1_is_the_other_hair_exactly(known_hair: KnownHair, other: Transplant) -> None:
    canvas = canvas_of(known_hair)
    rows = swap_into(canvas, other, 1.0)
    hair = edited_hair(known_hair.cloud, canvas.result()).cloud
    assert not hair.opacities[: len(known_hair.cloud)].any()
    np.testing.assert_array_equal(hair.means[rows], other.cloud.means)
    np.testing.assert_array_equal(hair.opacities[rows], other.cloud.opacities)
    np.testing.assert_allclose(hair.sh[rows], other.cloud.sh, atol=1e-6)


def test_halfway_half_of_the_strands_of_each_are_there_whole(
    known_hair: KnownHair, other: Transplant
) -> None:
    canvas = canvas_of(known_hair)
    rows = swap_into(canvas, other, 0.5)
    own, came = seen(canvas)
    whole = own.reshape(-1, 24) > 0.99 * 0.8
    assert 0.35 < whole.all(axis=1).mean() < 0.5
    assert (whole.all(axis=1) == whole.any(axis=1)).all(), "strands change as a whole"
    assert 0.35 < (came > 0.99 * 0.8).sum() / len(own) < 0.5
    # Where a strand is gone by a part, the other is there by as much.
    total = own.copy()
    total[canvas.edited.rows[rows]] += came
    np.testing.assert_allclose(total, 0.8, atol=0.8 / 100)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_beyond_all_are_refused(
    known_hair: KnownHair, other: Transplant, share: float
) -> None:
    with pytest.raises(ValueError, match="share"):
        swap_into(canvas_of(known_hair), other, share)


def test_only_the_selected_part_is_swapped(known_hair: KnownHair, other: Transplant) -> None:
    selection = np.where(known_hair.lock < 10, 255, 0).astype(np.uint8)
    edits = HairEdits(base_count=len(known_hair.cloud), selection=selection)
    canvas = canvas_of(known_hair, edits)
    rows = swap_into(canvas, other)
    own, came = seen(canvas)
    assert not own[known_hair.lock < 10].any()
    np.testing.assert_array_equal(own[known_hair.lock >= 10], np.float32(0.8))
    nearest = np.asarray(cKDTree(known_hair.cloud.means).query(canvas.means[rows])[1])
    assert (known_hair.lock[nearest] < 10).all()
    assert len(came) > 0.8 * (known_hair.lock < 10).sum()


def test_hair_can_be_added_to_what_is_there(known_hair: KnownHair, other: Transplant) -> None:
    canvas = canvas_of(known_hair)
    swap_into(canvas, other, mode=SwapMode.ADD)
    own, came = seen(canvas)
    np.testing.assert_array_equal(own, known_hair.cloud.opacities)
    assert len(came) == len(own)


def test_harmonics_are_cut_and_filled_up(known_hair: KnownHair) -> None:
    cloud = known_hair.cloud
    np.testing.assert_array_equal(with_harmonics(cloud, 1).sh, cloud.sh[:, :1])
    more = with_harmonics(cloud, 16).sh
    np.testing.assert_array_equal(more[:, :4], cloud.sh)
    assert not more[:, 4:].any()


def test_strands_that_run_side_by_side_keep_their_own_roots() -> None:
    # One straight up, the other from 2 cm away, then beside it, 1.5 mm apart.
    heights = np.arange(0, 0.06, 0.002)
    beside = 0.0015 + np.maximum(0, 0.0185 * (1 - heights / 0.03))
    curves = [np.stack([x, heights, 0 * x], 1) for x in (0 * heights, beside)]
    tangents = np.concatenate([np.gradient(curve, axis=0) for curve in curves])
    angles, count = np.arctan2(tangents[:, 1], tangents[:, 0]), len(tangents)
    cloud = GaussianCloud(
        np.concatenate(curves).astype(np.float32),
        quat_from_axis_angle(angles[:, None] * np.float32([0, 0, 1])),
        np.tile(np.float32([0.003, 0.0008, 0.0008]), (count, 1)),
        np.full(count, 0.8, np.float32),
        np.zeros((count, 1, 3), np.float32),
        np.zeros(count, np.uint8),
    )
    roots = np.float32([[0, 0, 0], [0.02, 0, 0]])
    np.testing.assert_array_equal(strands_of(cloud, roots), np.repeat([0, 1], count // 2))


def test_hair_without_roots_belongs_to_the_nearest_place(known_hair: KnownHair) -> None:
    far = np.float32([[0, 1, 0], [0, -1, 0]])
    found = strands_of(known_hair.cloud, far)
    np.testing.assert_array_equal(found, known_hair.cloud.means[:, 1] < 0)
    assert strands_of(GaussianCloud.empty(), far).shape == (0,)
    assert strands_of(known_hair.cloud.subset([0]), far).shape == (1,)


def test_turns_are_spread_over_the_scalp(known_hair: KnownHair) -> None:
    on_scalp = np.isin(known_hair.faces, known_hair.scalp_ids).all(axis=1)
    places, turns = root_turns(known_hair.vertices[known_hair.faces[on_scalp]])
    assert np.abs(np.sort(turns) - np.linspace(0, 1, len(turns))).max() < 0.01
    for octant in np.unique(np.sign(places[:, [0, 2]]), axis=0):
        inside = (np.sign(places[:, [0, 2]]) == octant).all(axis=1)
        if inside.sum() > 40:
            assert 0.4 < (turns[inside] < 0.5).mean() < 0.6
    assert root_turns(np.zeros((0, 3, 3), np.float32))[1].tolist() == [0.5]


def test_strands_arrive_in_turn() -> None:
    turns = np.linspace(0, 1, 11, dtype=np.float32)
    assert not arrived(0.0, turns).any()
    assert (arrived(1.0, turns) == 1).all()
    assert (np.diff(arrived(0.5, turns)) <= 0).all()
