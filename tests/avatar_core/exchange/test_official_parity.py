"""Imported avatars against the official modules, number by number: RGB here, BGR there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from avatar_core.exchange.official_import import import_official
from avatar_core.exchange.tracked import pose_at, read_tracked
from avatar_core.geometry import Camera, look_at
from avatar_core.mega.assets import model_of
from avatar_core.mega.official import build
from avatar_core.mega.reference_renderer import render
from avatar_core.raster.meshes import barycentrics_at

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.io.flame_sources import FlameSources
    from avatar_core.mega.model import MegaModel
    from avatar_core.project import AvatarAsset


@pytest.fixture(scope="module")
def asset(trained_folder: Path, flame_sources: FlameSources, flame_cache: Path) -> AvatarAsset:
    return import_official(trained_folder, flame_sources, cache=flame_cache).asset


@pytest.fixture(scope="module")
def model(asset: AvatarAsset) -> MegaModel:
    return model_of(asset)


def official_states(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    content: dict[str, dict[str, torch.Tensor]] = torch.load(
        folder / "checkpoint_latest.pth", weights_only=True
    )
    return content


def portrait(model: MegaModel) -> Camera:
    middle = model.canonical_vertices.mean(0)
    eye = middle + np.array([0.05, 0.02, 0.6], np.float32)
    return Camera.from_fov(look_at(eye, middle), 0.6, 48, 56)


def test_the_face_has_the_official_colours_the_other_way_round(
    asset: AvatarAsset, model: MegaModel, trained_folder: Path
) -> None:
    """Each pixel against the official modules, as published: BGR."""
    official = official_states(trained_folder)
    config = {"n_expr": 5, "tex_size": 64, "tex_ch": 12}
    posed = model.posed(pose_at(read_tracked(trained_folder / "flame_params.npz", 10, 5), 1))
    view = portrait(model)
    with torch.no_grad():
        _, layers = render(model, posed, view)
        driving = posed.driving
        assert driving.shape == (1, 20)
        direction = functional.normalize(torch.from_numpy(view.position)[None])
        texture = (
            build("neural_texture", official["neural_texture"], **config)()
            + build("view_texture", official["view_texture"], **config)(
                direction[:, :, None, None].expand(-1, -1, 8, 8)
            )
            + build("dynamic_texture", official["dynamic_texture"], **config)(driving)
        )
        faces, pixels = layers.face, layers.face.covered
        assert len(pixels.rows) > 100
        # places on the atlas by the model's own rasteriser, which has tests of its own
        vertices = model.displaced(posed)
        weights = barycentrics_at(vertices, pixels, model.face_camera(view))
        uv = (weights[..., None] * model.surface.corner_uv[pixels.face_ids.long()]).sum(1)
        sampled = functional.grid_sample(texture, uv[None, :, None], align_corners=True)[0, :, :, 0]
        codes = build("pe", official["pe"])(uv)
        bgr = build("head_mlp", official["head_mlp"])(torch.cat([codes, sampled.t()], 1))
    seen = faces.rgb[pixels.rows, pixels.columns]
    torch.testing.assert_close(seen, bgr.flip(-1), atol=1e-5, rtol=0)
    assert (bgr - bgr.flip(-1)).abs().mean() > 1e-3


def test_displacement_is_the_official_one(model: MegaModel, trained_folder: Path) -> None:
    tracked = read_tracked(trained_folder / "flame_params.npz", 10, 5)
    posed = model.posed(pose_at(tracked, 2))
    joined = [tracked[k][2] for k in ("expr", "rotation", "neck_pose", "jaw_pose", "eyes_pose")]
    driving = torch.from_numpy(np.concatenate(joined))[None]
    torch.testing.assert_close(posed.driving, driving)
    decoder = build("disp_decoder", official_states(trained_folder)["disp_decoder"], n_expr=5)
    with torch.no_grad():
        offsets = decoder(driving) * 1e-3
        places = torch.from_numpy(2 * model.head.split.vertex_uv - 1)  # type: ignore[attr-defined]
        moved = functional.grid_sample(offsets, places[None, :, None], align_corners=True)
        expected = posed.vertices + moved[0, :, :, 0].t() * model.surface.displaced
        torch.testing.assert_close(model.displaced(posed), expected, atol=1e-7, rtol=0)


def test_the_hair_moves_and_is_coloured_as_published(
    model: MegaModel, trained_folder: Path
) -> None:
    official = official_states(trained_folder)
    tracked = read_tracked(trained_folder / "flame_params.npz", 10, 5)
    posed = model.posed(pose_at(tracked, 1))
    mlp = build("deform_mlp", official["deform_mlp"], n_expr=5, deform_layers=[16, 8])
    raw = official["canonical_gs"]
    with torch.no_grad():
        offsets = mlp(raw["_xyz"], posed.expression.expand(30, -1)) * 1e-3
        hair, _ = model.deformed_hair(posed)
    scalp = model.head.topology.scalp_vertex_ids
    canonical = pose_at(read_tracked(trained_folder / "00000.npz", 10, 5), 0)
    source = model.head.pose(canonical)[scalp]
    _, affine, _ = cv2.estimateAffine3D(source, posed.vertices.numpy()[scalp])
    affine = torch.from_numpy(affine.astype(np.float32))
    expected = raw["_xyz"] @ affine[:, :3].T + affine[:, 3] + offsets[:, :3]
    torch.testing.assert_close(hair.xyz, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(hair.rotation, raw["_rotation"] + offsets[:, 3:7])
    torch.testing.assert_close(hair.scaling, raw["_scaling"] + offsets[:, 7:10])
    torch.testing.assert_close(hair.opacity, raw["_opacity"] + offsets[:, 10:11])
    bgr = raw["_features_dc"][:, 0] + offsets[:, 11:]
    torch.testing.assert_close(hair.features_dc, bgr.flip(-1))


def test_the_looks_texture_is_decoded_right_way_round(
    asset: AvatarAsset, trained_folder: Path
) -> None:
    official = official_states(trained_folder)
    config = {"n_expr": 5, "tex_size": 64, "tex_ch": 12}
    front = torch.tensor([0.0, 0, 1])[None, :, None, None].expand(1, 3, 8, 8)
    with torch.no_grad():
        texture = (
            official["neural_texture"]["texture"]
            + build("view_texture", official["view_texture"], **config)(front)
            + build("dynamic_texture", official["dynamic_texture"], **config)(torch.zeros(1, 20))
        )
        row, column = 13, 40
        uv = torch.tensor([[2 * column / 63 - 1, 2 * row / 63 - 1]])
        codes = build("pe", official["pe"])(uv)
        bgr = build("head_mlp", official["head_mlp"])(
            torch.cat([codes, texture[:, :, row, column]], 1)
        )
    expected = (bgr[0].flip(-1) * 255).round().numpy()
    np.testing.assert_allclose(asset.face.texture[63 - row, column], expected, atol=1)
