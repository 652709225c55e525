"""Hair as Gaussians, read by a foreign reader and held against turns that are worked out here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from plyfile import PlyData

from avatar_core.errors import AssetError
from avatar_core.exchange.gaussian_export import Axes, export_gaussians, posed_hair
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.gaussians.harmonics import seen_colours
from avatar_core.geometry import quat_from_axis_angle
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import EditedHair, edited_hair
from avatar_core.io.gaussian_files import read_gaussians
from avatar_core.io.gaussian_ply import read_gaussian_ply, write_gaussian_ply
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.project import HairEdits

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.frame import AvatarFrame
    from avatar_core.project import AvatarAsset

POSES = [(0.0, 0.0, 0.0), (0.0, 1.2, 0.0), (0.5, 0.0, 0.0), (0.4, -0.9, 0.7), (0.0, 0.0, -1.5)]


@pytest.fixture
def avatar(small_avatar: AvatarAsset) -> AvatarAsset:
    """Twenty Gaussians of degree 1, of which none is deleted or hidden yet."""
    return replace(small_avatar, hair=replace(small_avatar.hair, flags=np.zeros(20, np.uint8)))


@pytest.fixture
def groomed(avatar: AvatarAsset) -> EditedHair:
    """Some were moved and bent, one dyed, one hidden, two deleted, two added."""
    canvas = HairCanvas(avatar.hair, HairEdits())
    rows = np.array([1, 2, 3], np.int32)
    turns = quat_from_axis_angle(np.array([[0.9, 0, 0], [0, -1.4, 0.3], [0.1, 0.2, 2]], np.float32))
    canvas.move(rows, canvas.means[rows] + np.float32(0.02), turns)
    canvas.recolour(rows[:1], np.array([[0.9, 0.1, 0.2]], np.float32))
    canvas.add(avatar.hair.subset(slice(2)), np.array([7, 2], np.int32))
    canvas.delete(np.array([0, 4], np.int32))
    flags = np.zeros(22, np.uint8)
    flags[5] = HIDDEN
    return edited_hair(avatar.hair, replace(canvas.result(), flags=flags))


def export_upright(
    avatar: AvatarAsset,
    path: Path,
    edited: EditedHair | None = None,
    frame: AvatarFrame | None = None,
) -> ExportReport:
    """In the studio's own axes."""
    return export_gaussians(avatar, path, edited, frame, Axes.Y_UP)


def turn_of(pose: tuple[float, float, float]) -> np.ndarray:
    """Rodrigues' formula, independent of the studio's quaternions."""
    angle = float(np.linalg.norm(pose))
    if angle == 0:
        return np.eye(3)
    x, y, z = np.array(pose) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def nodding(avatar: AvatarAsset, pose: tuple[float, float, float]) -> MotionFrame:
    return replace(
        MotionFrame(time_s=1.5),
        head_rotation=np.array(pose, np.float32),
        head_translation=np.array([0.02, -0.01, 0.03], np.float32),
    )


def covariances(quats: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """R S S R^T with the quaternion's own formula for how it turns a vector."""
    w, v = quats[:, :1].astype(np.float64), quats[:, 1:].astype(np.float64)
    axes = []
    for axis in np.eye(3):
        first = 2 * np.cross(v, axis[None])
        axes.append(axis + w * first + np.cross(v, first))
    turns = np.stack(axes, axis=-1)
    stretched = turns * scales[:, None, :]
    return stretched @ np.swapaxes(stretched, 1, 2)


def columns(path: Path, *names: str) -> np.ndarray:
    vertices = PlyData.read(str(path))["vertex"]
    return np.stack([np.asarray(vertices[name], np.float64) for name in names], axis=-1)


def cloud_of(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Means, quats, scales, opacities and harmonics of degree 1 as other tools read them."""
    quats = columns(path, *(f"rot_{at}" for at in range(4)))
    logits = columns(path, "opacity")[:, 0]
    constants = columns(path, *(f"f_dc_{at}" for at in range(3)))
    # All coefficients of red, then all of green, then all of blue.
    rest = columns(path, *(f"f_rest_{at}" for at in range(9))).reshape(-1, 3, 3)
    return (
        columns(path, "x", "y", "z"),
        quats / np.linalg.norm(quats, axis=1, keepdims=True),
        np.exp(columns(path, *(f"scale_{at}" for at in range(3)))),
        1 / (1 + np.exp(-logits)),
        np.concatenate([constants[:, None], np.swapaxes(rest, 1, 2)], axis=1),
    )


def seen(sh: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The published formula of degree 1, written out."""
    x, y, z = direction
    basis = [0.28209479177387814, *(0.4886025119029199 * np.array([-y, z, -x]))]
    return np.maximum(0.5 + np.einsum("k,nkc->nc", basis, sh), 0)


@pytest.mark.parametrize("pose", POSES)
def test_posed_hair_is_the_hair_turned_as_a_whole(
    avatar: AvatarAsset, groomed: EditedHair, pose: tuple[float, float, float], tmp_path: Path
) -> None:
    frame = build(avatar).evaluate(nodding(avatar, pose))
    turn = turn_of(pose)
    np.testing.assert_allclose(frame.hair_turn, turn, atol=1e-5)
    report = export_upright(avatar, tmp_path / "rest.ply", groomed)
    export_upright(avatar, tmp_path / "posed.ply", groomed, frame)
    assert any("2 deleted" in note for note in report.notes)
    rest_means, rest_quats, rest_scales, rest_opacities, rest_sh = cloud_of(tmp_path / "rest.ply")
    means, quats, scales, opacities, sh = cloud_of(tmp_path / "posed.ply")
    assert len(means) == len(rest_means) == 20
    # Lengths between Gaussians stay; the whole is turned, and moved as the head is.
    moved = means - rest_means @ turn.T
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=2e-6)
    np.testing.assert_allclose(
        covariances(quats, scales),
        turn @ covariances(rest_quats, rest_scales) @ turn.T,
        atol=1e-9,
        rtol=2e-4,
    )
    np.testing.assert_allclose(opacities, rest_opacities, atol=1e-6)
    for direction in [*np.eye(3).tolist(), [0.6, 0.0, -0.8], [-0.48, 0.64, 0.6]]:
        there = seen(sh, np.array(direction))
        np.testing.assert_allclose(there, seen(rest_sh, turn.T @ direction), atol=5e-6)


@pytest.mark.parametrize("pose", POSES)
def test_harmonics_of_every_degree_turn_with_the_hair(
    avatar: AvatarAsset, pose: tuple[float, float, float]
) -> None:
    rng = np.random.default_rng(2)
    sh = rng.normal(0, 0.2, (20, 16, 3)).astype(np.float32)
    cloud = replace(avatar.hair, sh=sh)
    frame = build(avatar).evaluate(nodding(avatar, pose))
    posed = posed_hair(cloud, frame)
    for _ in range(5):
        directions = rng.standard_normal((20, 3)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        back = (directions @ turn_of(pose)).astype(np.float32)  # rows of d^T R are R^T d
        np.testing.assert_allclose(
            seen_colours(posed.sh, directions), seen_colours(sh, back), atol=2e-5
        )


def test_edits_are_in_the_file(avatar: AvatarAsset, groomed: EditedHair, tmp_path: Path) -> None:
    report = export_upright(avatar, tmp_path / "out.ply", groomed)
    kept = np.setdiff1d(np.arange(22), [0, 4])
    means, quats, scales, opacities, sh = cloud_of(tmp_path / "out.ply")
    cloud = groomed.cloud.subset(kept)
    np.testing.assert_array_equal(means.astype(np.float32), cloud.means)
    np.testing.assert_allclose(np.abs((quats * cloud.quats).sum(axis=1)), 1, atol=1e-6)
    np.testing.assert_allclose(scales, cloud.scales, rtol=1e-5)
    np.testing.assert_allclose(opacities, cloud.opacities, atol=1e-5)
    np.testing.assert_array_equal(sh.astype(np.float32), cloud.sh)
    np.testing.assert_allclose(means[0], avatar.hair.means[1] + 0.02, atol=1e-6)
    assert any("Hidden" in note for note in report.notes)


@pytest.mark.parametrize("is_posed", [False, True])
def test_our_own_reader_gives_back_what_was_written_to_the_last_bit(
    avatar: AvatarAsset, groomed: EditedHair, is_posed: bool, tmp_path: Path
) -> None:
    frame = build(avatar).evaluate(nodding(avatar, POSES[3])) if is_posed else None
    export_upright(avatar, tmp_path / "out.ply", groomed, frame)
    path = tmp_path / "out.ply"
    whole = groomed.cloud if frame is None else posed_hair(groomed.cloud, groomed.worn(frame))
    written = whole.subset((whole.flags & DELETED) == 0)
    again = read_gaussian_ply(path)
    for name in ("means", "sh"):  # what the file holds as it is; the rest as logs and logits
        np.testing.assert_array_equal(getattr(again.cloud, name), getattr(written, name))
    write_gaussian_ply(tmp_path / "again.ply", again)
    assert (tmp_path / "again.ply").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "up"), [("a.ply", -1), ("a.PLY", -1), ("a.spz", 1), ("a.splat", -1)]
)
def test_what_points_up_is_what_each_format_is_taken_for(
    avatar: AvatarAsset, groomed: EditedHair, name: str, up: int, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text("older")
    report = export_gaussians(avatar, path, groomed)
    assert (report.folder, report.files) == (tmp_path, (name,))
    assert any(("y points down" if up < 0 else "y points up") in note for note in report.notes)
    kept = groomed.cloud.subset((groomed.cloud.flags & DELETED) == 0)
    read = read_gaussians(path)
    # The face looks along +z either way, so that viewers show it from the front.
    np.testing.assert_allclose(read.means, kept.means * [up, up, 1], atol=1e-6)


@pytest.mark.parametrize("suffix", ["ply", "spz", "splat"])
def test_half_a_turn_turns_everything(
    avatar: AvatarAsset, groomed: EditedHair, suffix: str, tmp_path: Path
) -> None:
    """Reader and writer being right, both files are the same hair, one turned about z."""
    sh = np.random.default_rng(3).normal(0, 0.2, (22, 16, 3)).astype(np.float32)
    hair = replace(groomed, cloud=replace(groomed.cloud, sh=sh))
    up, down = tmp_path / f"up.{suffix}", tmp_path / f"down.{suffix}"
    export_gaussians(avatar, up, hair, axes=Axes.Y_UP)
    export_gaussians(avatar, down, hair, axes=Axes.Y_DOWN)
    upright, turned = read_gaussians(up), read_gaussians(down)
    turn = np.diag([-1.0, -1.0, 1.0])
    loss = {"ply": 1e-6, "spz": 6e-3, "splat": 2e-2}[suffix]
    before = covariances(upright.quats, upright.scales)
    after = covariances(turned.quats, turned.scales)
    np.testing.assert_allclose(after, turn @ before @ turn, atol=loss * np.abs(before).max())
    direction = np.array([[0.48, -0.6, 0.64]], np.float32).repeat(20, axis=0)
    np.testing.assert_allclose(
        seen_colours(turned.sh, (direction @ turn).astype(np.float32)),
        seen_colours(upright.sh, direction),
        atol=1e-5 if suffix == "ply" else 3 / 255,
    )


def test_nothing_is_written_under_another_suffix_or_of_no_hair(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    with pytest.raises(AssetError, match=r"does not end in \.ply"):
        export_gaussians(avatar, tmp_path / "rosa.obj")
    with pytest.raises(AssetError, match="no hair"):
        export_gaussians(replace(avatar, hair=GaussianCloud.empty(4)), tmp_path / "rosa.ply")
    assert not list(tmp_path.iterdir())


def test_what_a_format_cannot_hold_is_told(avatar: AvatarAsset, tmp_path: Path) -> None:
    hair = avatar.hair
    sh, scales = hair.sh.copy(), hair.scales.copy()
    sh[:3, 0], sh[:5, 2], scales[:2, 1] = 4.0, -1.5, 1e-7
    odd = replace(avatar, hair=replace(hair, sh=sh, scales=scales))
    notes = " ".join(export_gaussians(odd, tmp_path / "a.spz").notes)
    assert "sizes of 2 Gaussians" in notes
    assert " colours of 3 Gaussians" in notes
    cut = int(((sh[:, 1:] < -1) | (sh[:, 1:] > 127 / 128)).any(axis=(1, 2)).sum())
    assert f"view-dependent colours of {cut} Gaussians" in notes
    assert "depend on the view" in " ".join(export_gaussians(odd, tmp_path / "a.splat").notes)
    assert "cut" not in " ".join(export_gaussians(odd, tmp_path / "a.ply").notes)


def test_numbers_that_are_none_never_reach_a_file(avatar: AvatarAsset, tmp_path: Path) -> None:
    hair = avatar.hair
    means, sh, quats = hair.means.copy(), hair.sh.copy(), hair.quats.copy()
    opacities = hair.opacities.copy()
    means[0], sh[1, 1], quats[2], opacities[3] = np.nan, np.inf, 0, np.nan
    quats[4] *= 3
    broken = GaussianCloud(means, quats, hair.scales, opacities, sh, hair.flags)
    for suffix in ("ply", "spz", "splat"):
        path = tmp_path / f"a.{suffix}"
        notes = " ".join(export_gaussians(replace(avatar, hair=broken), path).notes)
        for words in ("1 Gaussian have no place", "colour that is not a number", "unit length"):
            assert words in notes
        read = read_gaussians(path)
        assert len(read) == 19
        for name in ("means", "quats", "scales", "opacities", "sh"):
            assert np.isfinite(getattr(read, name)).all()
        np.testing.assert_allclose(np.linalg.norm(read.quats, axis=1), 1, atol=1e-5)


def test_the_columns_have_the_names_that_other_tools_look_for(
    avatar: AvatarAsset, groomed: EditedHair, tmp_path: Path
) -> None:
    export_upright(avatar, tmp_path / "out.ply", groomed)
    ply = PlyData.read(str(tmp_path / "out.ply"))
    names = [each.name for each in ply["vertex"].properties]
    assert names == [
        "x", "y", "z", "nx", "ny", "nz", *(f"f_dc_{at}" for at in range(3)),
        *(f"f_rest_{at}" for at in range(9)), "opacity",
        *(f"scale_{at}" for at in range(3)), *(f"rot_{at}" for at in range(4)),
    ]  # fmt: skip
    assert all(np.isfinite(ply["vertex"][name]).all() for name in names)
    assert not ply.text
    assert ply.byte_order == "<"


def test_hair_at_rest_is_posed_as_it_is(avatar: AvatarAsset, groomed: EditedHair) -> None:
    posed = posed_hair(groomed.cloud, groomed.worn(neutral_frame(avatar)))
    for name in ("means", "scales", "opacities", "sh"):
        np.testing.assert_allclose(
            getattr(posed, name), getattr(groomed.cloud, name), rtol=1e-5, atol=1e-6
        )


def test_what_a_deformation_did_is_in_the_file(avatar: AvatarAsset) -> None:
    rng = np.random.default_rng(4)
    frame = replace(
        build(avatar).evaluate(nodding(avatar, POSES[1])),
        hair_scales=rng.uniform(0.001, 0.01, (20, 3)).astype(np.float32),
        hair_opacities=rng.random(20).astype(np.float32),
        hair_constants=rng.standard_normal((20, 3)).astype(np.float32),
    )
    posed = posed_hair(avatar.hair, frame)
    assert posed.scales is frame.hair_scales
    assert posed.opacities is frame.hair_opacities
    np.testing.assert_allclose(posed.sh[:, 0], frame.hair_constants, atol=1e-6)
    assert not np.allclose(avatar.hair.sh[:, 0], frame.hair_constants)


def test_no_hair_posed_is_no_hair(avatar: AvatarAsset) -> None:
    bald = replace(avatar, hair=GaussianCloud.empty(4))
    assert len(posed_hair(bald.hair, build(bald).evaluate(MotionFrame()))) == 0
