from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import trimesh
from PIL import Image

from avatar_core.errors import AssetError
from avatar_core.heads import BlendshapeHead
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.io.meshes import load_mesh
from avatar_core.mega import build
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project.asset import AvatarAsset


def ball(radius: float = 0.12) -> trimesh.Trimesh:
    return trimesh.creation.uv_sphere(radius, count=[12, 12])


def written(mesh: trimesh.Trimesh, path: Path) -> Path:
    mesh.export(path)
    return path


def head_of(asset: AvatarAsset) -> BlendshapeHead:
    assert isinstance(asset.head, BlendshapeHead)
    return asset.head


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb", ".stl", ".off"])
def test_every_format_gives_the_same_surface(tmp_path: Path, suffix: str) -> None:
    head = head_of(load_mesh(written(ball(), tmp_path / f"ball{suffix}")))
    surface = trimesh.Trimesh(head.vertices, head.topology.faces)
    assert surface.volume == pytest.approx(ball().volume, rel=1e-3)


@pytest.mark.parametrize("factor", [1.0, 10.0, 100.0, 1000.0, 3e5])
def test_units_are_guessed_from_the_size_of_a_head(tmp_path: Path, factor: float) -> None:
    head = head_of(load_mesh(written(ball(0.12 * factor), tmp_path / "ball.ply")))
    expected = 0.24 if factor <= 1000 else 0.3
    assert np.ptp(head.vertices, axis=0).max() == pytest.approx(expected, rel=1e-3)


def test_the_mesh_is_centred(tmp_path: Path) -> None:
    mesh = ball()
    mesh.apply_translation((3.0, 4.0, 5.0))
    head = head_of(load_mesh(written(mesh, tmp_path / "far.ply")))
    np.testing.assert_allclose(head.vertices.min(axis=0), -head.vertices.max(axis=0), atol=1e-5)


def test_an_imported_mesh_turns_and_shows_no_expression(tmp_path: Path) -> None:
    asset = load_mesh(written(ball(), tmp_path / "ball.ply"))
    avatar = build(asset)
    still = avatar.evaluate(MotionFrame.from_units(jawOpen=1.0)).vertices
    np.testing.assert_allclose(still, head_of(asset).vertices, atol=1e-7)
    turn = np.array([0, np.pi, 0], np.float32)
    turned = avatar.evaluate(MotionFrame(head_rotation=turn)).vertices
    np.testing.assert_allclose(turned, still * (-1, 1, -1), atol=1e-6)


def test_texture_and_coordinates_are_kept(tmp_path: Path) -> None:
    mesh = trimesh.Trimesh([[0, 0, 0], [0.3, 0, 0], [0, 0.3, 0]], [[0, 1, 2]], process=False)
    uv = np.array([[0.1, 0.2], [0.9, 0.2], [0.1, 0.8]])
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(pixels))
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    asset = load_mesh(written(mesh, tmp_path / "painted.glb"))
    np.testing.assert_array_equal(asset.face.texture, pixels)
    topology = asset.head.topology
    corners = topology.uv[topology.uv_faces].reshape(-1, 2)
    np.testing.assert_allclose(sorted(map(tuple, corners)), sorted(map(tuple, uv)), atol=1e-4)


def test_vertex_colours_give_the_mean_colour(tmp_path: Path) -> None:
    mesh = ball()
    mesh.visual.vertex_colors = np.tile([200, 100, 50, 255], (len(mesh.vertices), 1))
    asset = load_mesh(written(mesh, tmp_path / "coloured.ply"))
    assert asset.face.texture[0, 0].tolist() == [200, 100, 50]


def test_a_scene_of_several_meshes_becomes_one(tmp_path: Path) -> None:
    other = ball(0.05)
    other.apply_translation((0.3, 0, 0))
    path = tmp_path / "scene.glb"
    trimesh.Scene([ball(), other]).export(path)
    assert len(head_of(load_mesh(path)).topology.faces) == len(ball().faces) + len(other.faces)


def test_an_imported_mesh_can_be_saved_as_an_avatar(tmp_path: Path) -> None:
    asset = load_mesh(written(ball(), tmp_path / "ball.ply"))
    save_avatar(asset, tmp_path / "ball.avatar")
    again = load_avatar(tmp_path / "ball.avatar")
    np.testing.assert_array_equal(head_of(again).vertices, head_of(asset).vertices)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("head.xyz", b"0 0 0", "not a mesh file"),
        ("head.fbx", b"Kaydara", "not a mesh file"),
        ("head.obj", b"", "empty"),
        ("head.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "head.obj"),
        ("head.obj", b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "head.obj"),
        ("head.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "head.obj"),
        ("head.obj", b"v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "head.obj"),
        ("head.glb", b"glTF\x02\x00\x00\x00", "could not be read"),
        ("head.ply", b"ply\nformat ascii 1.0\nelement vertex 9999999\n", "head.ply"),
        ("head.stl", bytes(80) + b"\xff\xff\xff\x7f", "head.stl"),
        ("head.off", b"OFF\n3 1 0\n0 0 0\n", "head.off"),
    ],
)
def test_files_that_are_no_meshes_are_refused_in_a_sentence(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AssetError, match=says) as caught:
        load_mesh(tmp_path / name)
    assert caught.value.message.endswith(".")
    assert caught.value.hint


def _gltf(path: Path, buffer: str) -> Path:
    """One triangle whose corners lie in another file."""
    tree = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": 36, "uri": buffer}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
    }
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def test_a_mesh_reads_files_of_its_own_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mesh"
    folder.mkdir()
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32).tobytes()
    for place in (tmp_path / "outside.bin", folder / "inside.bin"):
        place.write_bytes(corners)
    assert len(load_mesh(_gltf(folder / "own.gltf", "inside.bin")).head.topology.faces) == 1
    for name in ("../outside.bin", str(tmp_path / "outside.bin"), "/dev/zero"):
        with pytest.raises(AssetError, match="could not be read"):
            load_mesh(_gltf(folder / "others.gltf", name))


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not found"):
        load_mesh(tmp_path / "nowhere.obj")
    (tmp_path / "folder.obj").mkdir()
    with pytest.raises(AssetError, match="folder"):
        load_mesh(tmp_path / "folder.obj")


@pytest.mark.parametrize("suffix", [".ply", ".glb", ".stl"])
def test_cut_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = written(ball(), tmp_path / f"ball{suffix}")
    data = path.read_bytes()
    for keep in np.linspace(1, len(data) - 200, 8).astype(int):
        path.write_bytes(data[:keep])
        with pytest.raises(AssetError):
            load_mesh(path)
