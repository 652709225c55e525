"""An avatar as glTF, read by pygltflib and trimesh and posed as the specification says."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import trimesh

from avatar_core.errors import AssetError, Cancelled
from avatar_core.exchange.gltf_export import GltfSubject, export_gltf, export_posed_gltf
from avatar_core.exchange.gltf_hair import SPLATTING
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.heads.arkit import limited_weights
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega import build, neutral_frame
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.project import HairEdits
from avatar_core.resources import resource_path
from tests.avatar_core.exchange.gltf_reader import ReadGltf, matrix

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset


@pytest.fixture
def avatar(small_avatar: AvatarAsset) -> AvatarAsset:
    """Twenty Gaussians of degree 1, of which none is deleted or hidden."""
    return replace(small_avatar, hair=replace(small_avatar.hair, flags=np.zeros(20, np.uint8)))


@pytest.fixture(scope="module")
def rosa() -> AvatarAsset:
    """The demo avatar with a neural face and little of its hair."""
    asset = load_avatar(resource_path("demo", "rosa.avatar"))
    return replace(asset, hair=asset.hair.subset(slice(None, None, 100)))


def performance() -> list[MotionFrame]:
    """Units, turns and shifts; the eyes look ahead, since they turn in arcs on the avatar."""
    rng = np.random.default_rng(5)
    frames = []
    for step in range(6):
        weights = rng.random(52).astype(np.float32) * (step > 0)
        weights[[name.startswith("eyeLook") for name in ARKIT_UNITS]] = 0
        frames.append(
            MotionFrame(
                3.0 + step / 25,
                weights,
                rng.normal(0, 0.4, 3).astype(np.float32),
                rng.normal(0, 0.03, 3).astype(np.float32),
            )
        )
    return frames


def test_the_head_is_the_avatars_corner_by_corner(avatar: AvatarAsset, tmp_path: Path) -> None:
    path = tmp_path / "ada.glb"
    report = export_gltf(GltfSubject(avatar), path)
    read = ReadGltf.of(path)
    topology, rest = avatar.head.topology, neutral_frame(avatar).vertices
    np.testing.assert_allclose(read.corners(read.posed_head()), rest[topology.faces], atol=1e-7)
    uv = read.corners(read.attribute("Head", "TEXCOORD_0"))
    # glTF has the first row of the picture at v = 0, the studio the last one.
    expected = topology.uv[topology.uv_faces] * [1, -1] + [0, 1]
    np.testing.assert_allclose(uv, expected, atol=1e-6)
    normals = read.attribute("Head", "NORMAL")
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    assert report.files == ("ada.glb",)
    assert read.gltf.asset.copyright == "CC0"


def test_every_unit_is_a_target_and_moves_what_it_moves_on_the_avatar(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    path = tmp_path / "ada.glb"
    export_gltf(GltfSubject(avatar), path)
    read = ReadGltf.of(path)
    (mesh,) = (mesh for mesh in read.gltf.meshes if mesh.name == "Head")
    assert tuple(mesh.extras["targetNames"]) == ARKIT_UNITS
    assert mesh.weights == [0.0] * 52
    posing, faces = build(avatar), avatar.head.topology.faces
    for index, unit in enumerate(ARKIT_UNITS):
        moved = {(read.node("Head"), "weights"): np.eye(52)[index]}
        expected = posing.evaluate(MotionFrame.from_units(**{unit: 1.0})).vertices
        np.testing.assert_allclose(read.corners(read.posed_head(moved)), expected[faces], atol=2e-7)


def test_an_animation_poses_head_and_hair_as_the_avatar_performs(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    path, frames = tmp_path / "ada.glb", performance()
    report = export_gltf(GltfSubject(avatar), path, ("Nod", frames))
    read = ReadGltf.of(path)
    (animation,) = read.gltf.animations
    assert animation.name == "Nod"
    times = read.accessor(animation.samplers[0].input)[:, 0]
    np.testing.assert_allclose(times, np.arange(6) / 25, atol=1e-6)
    posing, faces = build(avatar), avatar.head.topology.faces
    for key, motion in enumerate(frames):
        moved = read.at_key(key)
        expected = posing.evaluate(motion)
        np.testing.assert_allclose(
            moved[read.node("Head"), "weights"], limited_weights(ARKIT_UNITS, motion.weights)
        )
        np.testing.assert_allclose(
            read.corners(read.posed_head(moved)), expected.vertices[faces], atol=1e-6
        )
        world = read.worlds(moved)[read.node("Hair")]
        means = read.attribute("Hair", "POSITION") @ world[:3, :3].T + world[:3, 3]
        np.testing.assert_allclose(means, expected.hair_means, atol=1e-6)
    assert any("6 frames" in note for note in report.notes)


def test_a_gaze_becomes_units_and_turns_keep_their_sign(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    gaze = np.array([[0.3, 0.1], [0.3, 0.1]], np.float32)
    turns = [np.array([0, angle, 0], np.float32) for angle in (3.0, -2.98)]  # across half a turn
    frames = [MotionFrame(at, head_rotation=turn, gaze=gaze) for at, turn in enumerate(turns)]
    export_gltf(GltfSubject(avatar), tmp_path / "ada.glb", ("Look", frames))
    read = ReadGltf.of(tmp_path / "ada.glb")
    first, second = read.at_key(0), read.at_key(1)
    weights = first[read.node("Head"), "weights"]
    for unit in ("eyeLookOutLeft", "eyeLookInRight", "eyeLookUpLeft", "eyeLookUpRight"):
        assert weights[ARKIT_UNITS.index(unit)] > 0.1
    neck = read.node("Neck")
    assert first[neck, "rotation"] @ second[neck, "rotation"] > 0.9


def test_gaussians_are_written_by_the_ratified_extension(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    path = tmp_path / "ada.glb"
    export_gltf(GltfSubject(avatar), path)
    read, hair = ReadGltf.of(path), avatar.hair
    primitive = read.primitive("Hair")
    assert primitive.mode == 0
    assert primitive.extensions[SPLATTING] == {
        "kernel": "ellipse", "colorSpace": "srgb_rec709_display",
        "sortingMethod": "cameraDistance", "projection": "perspective",
    }  # fmt: skip
    assert SPLATTING in read.gltf.extensionsUsed
    assert not read.gltf.extensionsRequired
    parts = {
        name: read.attribute("Hair", f"{SPLATTING}:{name}")
        for name in ("ROTATION", "SCALE", "OPACITY", "SH_DEGREE_0_COEF_0", "SH_DEGREE_1_COEF_0",
                     "SH_DEGREE_1_COEF_1", "SH_DEGREE_1_COEF_2")
    }  # fmt: skip
    np.testing.assert_allclose(read.attribute("Hair", "POSITION"), hair.means, atol=1e-7)
    # Linear, where PLY has logarithms.
    np.testing.assert_array_equal(parts["SCALE"], hair.scales)
    np.testing.assert_array_equal(parts["OPACITY"][:, 0], hair.opacities)
    for row in range(20):
        np.testing.assert_allclose(
            matrix(parts["ROTATION"][row]), matrix_from_quat(hair.quats[row]), atol=1e-5
        )
    for at, name in enumerate(list(parts)[3:]):
        np.testing.assert_allclose(parts[name], hair.sh[:, at], atol=1e-6)
    assert not hasattr(primitive.attributes, f"{SPLATTING}:SH_DEGREE_2_COEF_0")


def test_other_programs_see_points_of_the_same_colours(avatar: AvatarAsset, tmp_path: Path) -> None:
    path = tmp_path / "ada.glb"
    export_gltf(GltfSubject(avatar), path)
    fallback = ReadGltf.of(path).attribute("Hair", "COLOR_0")
    linear = fallback[:, :3]
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    expected = np.clip(0.5 + 0.28209479177387814 * avatar.hair.sh[:, 0], 0, 1)
    assert np.abs(shown - expected).max() < 1 / 255
    np.testing.assert_allclose(fallback[:, 3], avatar.hair.opacities, atol=1e-5)
    points = trimesh.load(path, process=False).geometry["Hair"]
    assert np.abs(points.colors - 255 * fallback).max() <= 1


def test_the_texture_is_the_face_to_the_last_bit(avatar: AvatarAsset, tmp_path: Path) -> None:
    path = tmp_path / "ada.glb"
    export_gltf(GltfSubject(avatar), path)
    read = ReadGltf.of(path)
    (material,) = read.gltf.materials
    assert material.extensions == {"KHR_materials_unlit": {}}
    texture = read.gltf.textures[material.pbrMetallicRoughness.baseColorTexture.index]
    image = cv2.imdecode(np.frombuffer(read.image(texture.source), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(image[:, :, ::-1], avatar.face.texture)


def test_edits_are_in_the_file(avatar: AvatarAsset, tmp_path: Path) -> None:
    canvas = HairCanvas(avatar.hair, HairEdits())
    canvas.move(np.array([1], np.int32), canvas.means[[1]] + np.float32(0.02))
    canvas.delete(np.array([0], np.int32))
    groomed = edited_hair(avatar.hair, canvas.result())
    report = export_gltf(GltfSubject(avatar, groomed), tmp_path / "ada.glb")
    kept = groomed.cloud.subset((groomed.cloud.flags & DELETED) == 0)
    means = ReadGltf.of(tmp_path / "ada.glb").attribute("Hair", "POSITION")
    np.testing.assert_allclose(means, kept.means, atol=1e-7)
    assert "1 deleted Gaussians are left out." in report.notes


@pytest.mark.parametrize("is_bald", [False, True])
def test_heads_go_without_hair(avatar: AvatarAsset, is_bald: bool, tmp_path: Path) -> None:
    who = replace(avatar, hair=GaussianCloud.empty(4)) if is_bald else avatar
    report = export_gltf(GltfSubject(who, with_hair=is_bald), tmp_path / "ada.glb")
    read = ReadGltf.of(tmp_path / "ada.glb")
    assert [mesh.name for mesh in read.gltf.meshes] == ["Head"]
    assert read.gltf.extensionsUsed == ["KHR_materials_unlit"]
    assert any(("no hair" if is_bald else "as wished") in note for note in report.notes)


def test_heads_whose_hair_was_all_deleted_go_without_it(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    canvas = HairCanvas(avatar.hair, HairEdits())
    canvas.delete(np.arange(20, dtype=np.int32))
    shorn = GltfSubject(avatar, edited_hair(avatar.hair, canvas.result()))
    export_posed_gltf(shorn, tmp_path / "posed.glb", neutral_frame(avatar))
    report = export_gltf(shorn, tmp_path / "ada.glb")
    for name in ("posed.glb", "ada.glb"):
        assert [mesh.name for mesh in ReadGltf.of(tmp_path / name).gltf.meshes] == ["Head"]
    assert any("no hair" in note for note in report.notes)


def test_a_moment_is_written_as_it_is(avatar: AvatarAsset, tmp_path: Path) -> None:
    frame = build(avatar).evaluate(performance()[3])
    path = tmp_path / "ada.glb"
    report = export_posed_gltf(GltfSubject(avatar), path, frame)
    read = ReadGltf.of(path)
    faces = avatar.head.topology.faces
    np.testing.assert_array_equal(read.corners(read.posed_head()), frame.vertices[faces])
    np.testing.assert_array_equal(read.attribute("Hair", "POSITION"), frame.hair_means)
    assert not read.gltf.skins
    assert not read.primitive("Head").targets
    assert any("3.120 s" in note for note in report.notes)


def test_trimesh_sees_the_same_surface_the_right_way_up(rosa: AvatarAsset, tmp_path: Path) -> None:
    rest = neutral_frame(rosa)
    export_posed_gltf(GltfSubject(rosa), tmp_path / "rosa.glb", rest)
    scene = trimesh.load(tmp_path / "rosa.glb", process=False)
    head, points = scene.geometry["Head"], scene.geometry["Hair"]
    np.testing.assert_allclose(points.vertices, rosa.hair.means, atol=1e-7)
    topology = rosa.head.topology
    np.testing.assert_allclose(head.vertices[head.faces], rest.vertices[topology.faces], atol=1e-7)
    # Outside is where the corners run counter-clockwise: the skull's volume is positive.
    assert head.volume > 0

    def middle(part: str) -> np.ndarray:
        number = topology.part_names.index(part)
        return np.asarray(head.vertices[head.faces[topology.face_part == number]].mean(axis=(0, 1)))

    eyes, lips, scalp = (
        (middle("eye_left") + middle("eye_right")) / 2,
        middle("lips"),
        middle("scalp"),
    )
    assert scalp[1] > eyes[1] > lips[1]
    assert min(eyes[2], lips[2]) > scalp[2]
    assert middle("eye_left")[0] > 0.02 > -0.02 > middle("eye_right")[0]


@pytest.mark.slow
def test_a_neural_face_comes_with_its_displacements_and_basic_colours(
    rosa: AvatarAsset, tmp_path: Path
) -> None:
    path = tmp_path / "rosa.glb"
    heard = []
    report = export_gltf(
        GltfSubject(rosa), path, step=lambda done, text: heard.append((done, text))
    )
    read = ReadGltf.of(path)
    posing, faces = build(rosa), rosa.head.topology.faces
    rest = posing.evaluate(MotionFrame())
    assert rest.displacements is not None
    assert np.abs(rest.displacements).max() > 1e-5
    np.testing.assert_allclose(read.corners(read.posed_head()), rest.vertices[faces], atol=1e-7)
    # The hair lies as it does on this head, its deformation at rest included.
    assert np.abs(rest.hair_means - rosa.hair.means).max() > 1e-5
    np.testing.assert_array_equal(read.attribute("Hair", "POSITION"), rest.hair_means)
    units = {"jawOpen": 1.0}
    index = ARKIT_UNITS.index("jawOpen")
    moved = {(read.node("Head"), "weights"): np.eye(52)[index]}
    opened = posing.evaluate(MotionFrame.from_units(**units)).vertices
    assert np.abs(opened - rest.vertices).max() > 0.01
    np.testing.assert_allclose(read.corners(read.posed_head(moved)), opened[faces], atol=1e-6)
    image = cv2.imdecode(np.frombuffer(read.image(0), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(image[:, :, ::-1], diffuse_look(rosa, 1024))
    assert any("basic colours" in note for note in report.notes)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert any("jawOpen" in text for _, text in heard)


def test_a_stopped_export_leaves_nothing(avatar: AvatarAsset, tmp_path: Path) -> None:
    def stop(fraction: float, _text: str) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_gltf(GltfSubject(avatar), tmp_path / "ada.glb", step=stop)
    assert not list(tmp_path.iterdir())


def test_another_suffix_is_refused(avatar: AvatarAsset, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"does not end in \.glb"):
        export_gltf(GltfSubject(avatar), tmp_path / "ada.gltf")
    with pytest.raises(AssetError, match=r"does not end in \.glb"):
        export_posed_gltf(GltfSubject(avatar), tmp_path / "ada.obj", neutral_frame(avatar))


def test_a_name_that_is_no_text_is_written_as_far_as_it_is(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    export_gltf(GltfSubject(replace(avatar, name="Ada \udcff")), tmp_path / "ada.glb")
    assert ReadGltf.of(tmp_path / "ada.glb").gltf.scenes[0].name == "Ada ?"


def test_the_container_is_laid_out_as_the_specification_says(
    avatar: AvatarAsset, tmp_path: Path
) -> None:
    path = tmp_path / "ada.glb"
    export_gltf(GltfSubject(replace(avatar, name='Ådå "quoted" ✓')), path)
    data = path.read_bytes()
    magic, version, size = struct.unpack_from("<4sII", data)
    assert (magic, version, size) == (b"glTF", 2, len(data))
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert (kind, length % 4) == (b"JSON", 0)
    document = json.loads(data[20 : 20 + length])
    assert document["scenes"][0]["name"] == 'Ådå "quoted" ✓'
    binary, kind = struct.unpack_from("<I4s", data, 20 + length)
    assert (kind, binary % 4) == (b"BIN\0", 0)
    assert 28 + length + binary == len(data)
    assert 0 <= binary - document["buffers"][0]["byteLength"] < 4
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= document["buffers"][0]["byteLength"]
