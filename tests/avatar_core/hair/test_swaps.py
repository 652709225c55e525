"""The hair of the demo avatars and of the library on one another's heads."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.scalp_fit import fit_hair
from avatar_core.hair.transfer import swap_into, transplant
from avatar_core.heads import neutral_parameters
from avatar_core.io.avatar_shelf import AvatarShelf, HairShelf
from avatar_core.mega import PlainAvatar, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.project import AvatarAsset, HairAsset, hair_of, with_hair
from avatar_core.project.clearance import hair_skin
from avatar_core.project.hair_edits import HairEdits
from avatar_core.recording.offline import portrait_camera
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import FaceView, SceneOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

SWAPS = [
    ("rosa", "omar"),
    ("omar", "rosa"),
    pytest.param("rosa", "bun", marks=pytest.mark.slow),
    pytest.param("omar", "bun", marks=pytest.mark.slow),
    pytest.param("rosa", "short", marks=pytest.mark.slow),
    pytest.param("omar", "short", marks=pytest.mark.slow),
]
SIDES_DEG = {"front": 0, "side": 90, "back": 180}
SIZE_PX = 320


def hairstyle(name: str) -> HairAsset:
    if name in ("rosa", "omar"):
        return hair_of(AvatarShelf().load(f"demo:{name}"))
    return HairShelf().load(f"demo:{name}")


def in_a_layer(asset: AvatarAsset, hair: HairAsset, head: HeadCollider | None) -> GaussianCloud:
    """What came onto an avatar as an edit."""
    foreign = transplant(asset.hair, asset.head, hair.gaussians, fit_hair(asset, hair))
    canvas = HairCanvas(asset.hair, HairEdits(), head=head)
    rows = swap_into(canvas, foreign)
    return canvas.edited.cloud.subset(rows)


def on_scalp(asset: AvatarAsset) -> np.ndarray:
    """[F] which triangles of the head are scalp."""
    ids = asset.head.topology.scalp_vertex_ids
    return np.isin(asset.head.topology.faces, ids).all(axis=1)


def at_rest(asset: AvatarAsset) -> np.ndarray:
    """[V, 3]."""
    return asset.head.pose(neutral_parameters(asset.head))


def heights_over_scalp_m(
    asset: AvatarAsset, vertices: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Of those of the points that lie nearest to the scalp above it, by trimesh."""
    corners = vertices[asset.head.topology.faces].astype(np.float64)
    normals = trimesh.triangles.normals(corners)[0]
    near = np.asarray(cKDTree(corners.mean(axis=1)).query(points, k=16)[1])
    many = np.repeat(points.astype(np.float64), 16, axis=0)
    places = trimesh.triangles.closest_point(corners[near.ravel()], many).reshape(-1, 16, 3)
    best = np.linalg.norm(places - points[:, None], axis=2).argmin(axis=1)
    rows = np.arange(len(points))
    triangle = near[rows, best]
    heights = ((points - places[rows, best]) * normals[triangle]).sum(axis=1)
    return heights[on_scalp(asset)[triangle]]


def covered(asset: AvatarAsset, hair: GaussianCloud) -> np.ndarray:
    """[P] whether solid hair lies within 5 mm of the line that leaves the scalp at right angles."""
    corners = at_rest(asset)[asset.head.topology.faces][on_scalp(asset)].astype(np.float64)
    normals = trimesh.triangles.normals(corners)[0]
    steps = np.arange(0.0, 0.04, 0.002)[:, None, None]
    line = corners.mean(axis=1) + steps * normals
    solid = cKDTree(hair.means[hair.opacities > 0.3])
    return np.asarray(solid.query(line)[0]).min(axis=0) < 0.005


@pytest.mark.parametrize(("wearer", "donor"), SWAPS)
def test_a_layer_leaves_no_hair_in_the_skull_and_no_bald_spots(wearer: str, donor: str) -> None:
    asset = AvatarShelf().load(f"demo:{wearer}")
    hair = in_a_layer(asset, hairstyle(donor), None)
    assert (heights_over_scalp_m(asset, at_rest(asset), hair.means) < 0).sum() == 0
    own = covered(asset, asset.hair)
    assert covered(asset, hair)[own].mean() >= 0.95
    assert hair.sh.shape[1] == asset.hair.sh.shape[1]


@pytest.mark.parametrize(("wearer", "donor"), SWAPS)
def test_a_hairstyle_leaves_no_hair_in_the_skull_and_no_bald_spots(wearer: str, donor: str) -> None:
    asset = AvatarShelf().load(f"demo:{wearer}")
    hair = with_hair(asset, hairstyle(donor)).hair
    assert (heights_over_scalp_m(asset, at_rest(asset), hair.means) < 0).sum() == 0
    own = covered(asset, asset.hair)
    assert covered(asset, hair)[own].mean() >= 0.95


@pytest.mark.parametrize(("wearer", "donor"), [("rosa", "omar"), ("omar", "rosa")])
def test_hair_that_comes_while_the_head_moves_stays_out_of_it(wearer: str, donor: str) -> None:
    asset = AvatarShelf().load(f"demo:{wearer}")
    motion = MotionFrame.from_units(jawOpen=0.9, browInnerUp=0.9, mouthSmileLeft=0.9)
    turned = np.array([0.2, -0.5, 0.1], np.float32)
    frame = PlainAvatar(asset).evaluate(replace(motion, head_rotation=turned))
    shift = (frame.hair_means - asset.hair.means @ frame.hair_turn.T).mean(axis=0)
    posed = ((frame.vertices - shift) @ frame.hair_turn).astype(np.float32)
    skin = hair_skin(at_rest(asset), asset.head.topology)
    hair = in_a_layer(asset, hairstyle(donor), HeadCollider(at_rest(asset), skin).posed(posed))
    assert np.abs(posed - at_rest(asset)).max() > 0.005
    assert (heights_over_scalp_m(asset, posed, hair.means) < 0).sum() == 0


# As it is drawn.


@pytest.fixture(scope="module")
def offscreen() -> Iterator[OffscreenRenderer]:
    renderer = OffscreenRenderer(SIZE_PX, SIZE_PX)
    yield renderer
    renderer.release()


def seen_cover(
    offscreen: OffscreenRenderer, asset: AvatarAsset, hair: GaussianCloud, yaw_deg: float
) -> np.ndarray:
    """[pixels] opacity 0..1 of hair over the pixels of the scalp, drawn black over flat colours."""
    black = sh_from_colours(np.zeros((len(hair), 3), np.float32), hair.sh.shape[1])
    worn = replace(asset, hair=replace(hair, sh=black))
    camera = portrait_camera(asset, SIZE_PX, SIZE_PX, math.radians(yaw_deg))
    flat = SceneOptions(face_view=FaceView.PARTS, show_grid=False, background=(0.0, 0.0, 0.0))
    drawn = offscreen.render(worn, neutral_frame(worn), camera, flat).astype(np.float32)
    bare = offscreen.render(
        worn, neutral_frame(worn), camera, replace(flat, show_hair=False)
    ).astype(np.float32)
    colour = scalp_colour(offscreen, asset)
    is_scalp = (np.abs(bare - colour) <= 1).all(axis=2)
    return 1 - drawn[is_scalp].sum(axis=1) / colour.sum()


def scalp_colour(offscreen: OffscreenRenderer, asset: AvatarAsset) -> np.ndarray:
    """[3] what is seen from behind in the middle of the scalp."""
    camera = portrait_camera(asset, SIZE_PX, SIZE_PX, math.pi)
    flat = SceneOptions(face_view=FaceView.PARTS, show_hair=False, show_grid=False)
    picture = offscreen.render(asset, neutral_frame(asset), camera, flat).astype(np.float32)
    middle = at_rest(asset)[asset.head.topology.scalp_vertex_ids].mean(axis=0)
    x, y = camera.project(middle[None])[0][0]
    return picture[round(float(y)), round(float(x))]


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES_DEG)
@pytest.mark.parametrize(("wearer", "donor"), SWAPS)
def test_no_bald_spot_is_seen(
    offscreen: OffscreenRenderer, wearer: str, donor: str, side: str
) -> None:
    asset = AvatarShelf().load(f"demo:{wearer}")
    hair = hairstyle(donor)
    own = seen_cover(offscreen, asset, asset.hair, SIDES_DEG[side]) > 0.5
    assert own.sum() > 500
    for other in (with_hair(asset, hair).hair, in_a_layer(asset, hair, None)):
        assert (seen_cover(offscreen, asset, other, SIDES_DEG[side]) > 0.5)[own].mean() >= 0.95
