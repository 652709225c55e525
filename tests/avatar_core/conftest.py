"""Small examples with every feature of the real ones: a head, an avatar, a take, a project."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy import sparse

from avatar_core.gaussians import GaussianCloud
from avatar_core.heads import BlendshapeHead, HeadParameters
from avatar_core.heads.flame import FlameHead
from avatar_core.heads.flame_layout import in_flame_layout
from avatar_core.heads.flame_topology import (
    FlameMesh,
    ordered_parts,
    split_at_seams,
    subdivided,
    with_teeth,
)
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.flame_sources import FlameSources, find_flame_sources
from avatar_core.io.journal import JournalWriter
from avatar_core.motion import (
    ARKIT_UNITS,
    ChannelGroup,
    Corrections,
    DriverProfile,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Key,
    Marker,
    MixerSettings,
    Mood,
    MotionFrame,
    SpeechStyle,
    Take,
    TakeAudio,
    Timecode,
)
from avatar_core.project import (
    AvatarAsset,
    CameraBookmark,
    Clip,
    CropBox,
    Expression,
    FaceAsset,
    FaceKind,
    PortraitBackground,
    PortraitDriver,
    PortraitEngine,
    PortraitSettings,
    Project,
    ProjectPortrait,
    Scene,
    take_source,
)
from tests.avatar_core.commands.hair_examples import some_edits
from tests.avatar_core.commands.paint_examples import some_painting

_GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_DATA = Path(__file__).resolve().parents[1] / "data"

_SETTINGS = PortraitSettings(
    engine=PortraitEngine.WARP,
    blend=1 / 3,
    multiplier=1.5,
    follows_pose=False,
    pose_gain=0.5,
    brows_gain=0.1,
    eyes_gain=0.2,
    mouth_gain=0.3,
    jaw_gain=0.4,
    cheeks_gain=0.6,
    gaze_gain=0.7,
    lids_gain=0.8,
    background=PortraitBackground.GREEN,
    follows=PortraitDriver.PICTURE,
    latent=(0.5, -4.0, 1 / 3),
)
"""Of a portrait; nothing is at its default."""

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def head_arrays() -> dict[str, np.ndarray]:
    """Arrays of a head of 40 vertices: random, but valid in every respect."""
    rng = np.random.default_rng(7)
    vertices, faces, joints = 40, 30, 5
    deltas = 0.01 * rng.standard_normal((52, vertices, 3)).astype(np.float32)
    deltas[:, ::4] = 0  # a quarter of the vertices never moves
    look = np.zeros((52, 2, 3), np.float32)
    for side, (name, sign) in enumerate((("Left", 1), ("Right", -1))):
        for unit, axis in (
            ("Down", (0.2, 0, -0.01)),
            ("Up", (-0.17, 0, -0.01)),
            ("Out", (0, 0.26 * sign, 0.01)),
            ("In", (0, -0.27 * sign, -0.01)),
        ):
            look[ARKIT_UNITS.index(f"eyeLook{unit}{name}"), side] = axis
    weights = rng.random((vertices, joints)).astype(np.float32)
    return {
        "vertices": 0.1 * rng.standard_normal((vertices, 3)).astype(np.float32),
        "faces": rng.integers(0, vertices, (faces, 3)).astype(np.int32),
        "uv": rng.random((50, 2)).astype(np.float32),
        "uv_faces": rng.integers(0, 50, (faces, 3)).astype(np.int32),
        "part_names": np.array(["skin", "scalp"]),
        "face_part": rng.integers(0, 2, faces).astype(np.uint8),
        "scalp_vertex_ids": np.arange(0, vertices, 4, dtype=np.int32),
        "landmark_face_ids": rng.integers(0, faces, 6).astype(np.int32),
        "landmark_barycentric": np.full((6, 3), 1 / 3, np.float32),
        "expression_names": np.array(ARKIT_UNITS),
        "expression_deltas": deltas,
        "eye_look_axis_angle": look,
        "joint_names": np.array(["root", "neck", "jaw", "left_eye", "right_eye"]),
        "joints": 0.1 * rng.standard_normal((joints, 3)).astype(np.float32),
        "parents": np.array([-1, 0, 1, 1, 1], np.int32),
        "skin_weights": weights / weights.sum(1, keepdims=True),
        "eye_centres": np.array([[0.03, 0, 0.05], [-0.03, 0, 0.05]], np.float32),
        "shape_names": np.array(["wide", "long"]),
        "shape_deltas": 0.01 * rng.standard_normal((2, vertices, 3)).astype(np.float32),
        "joint_shape_deltas": 0.01 * rng.standard_normal((2, joints, 3)).astype(np.float32),
    }


@pytest.fixture
def small_head(head_arrays: dict[str, np.ndarray]) -> BlendshapeHead:
    return BlendshapeHead.from_arrays(head_arrays)


@pytest.fixture
def small_avatar(head_arrays: dict[str, np.ndarray]) -> AvatarAsset:
    """An avatar whose scalp turns with the neck alone, with 20 Gaussians of degree 1."""
    rng = np.random.default_rng(11)
    skin_weights = head_arrays["skin_weights"].copy()
    skin_weights[head_arrays["scalp_vertex_ids"]] = (0, 1, 0, 0, 0)
    quats = rng.standard_normal((20, 4)).astype(np.float32)
    hair = GaussianCloud(
        means=0.1 * rng.standard_normal((20, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=rng.uniform(1e-4, 1e-2, (20, 3)).astype(np.float32),
        opacities=rng.random(20).astype(np.float32),
        sh=rng.standard_normal((20, 4, 3)).astype(np.float32),
        flags=rng.integers(0, 16, 20).astype(np.uint8),
    )
    texture = rng.integers(0, 256, (16, 12, 3)).astype(np.uint8)
    return AvatarAsset(
        name="Ada",
        description="Made for tests.",
        head=BlendshapeHead.from_arrays({**head_arrays, "skin_weights": skin_weights}),
        face=FaceAsset(FaceKind.PLAIN, texture),
        hair=hair,
        provenance={"seed": 7, "licence": "CC0"},
    )


@pytest.fixture
def some_take() -> Take:
    """Twelve frames with gaze and sound that does not fit 16 bits."""
    rng = np.random.default_rng(3)
    frames = 12
    return Take(
        id="take-one",
        name="First try",
        fps=30.0,
        times_s=np.arange(frames) / 30.0,
        weights=rng.random((frames, 52)).astype(np.float32),
        head_rotation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        head_translation=rng.normal(0, 0.1, (frames, 3)).astype(np.float32),
        gaze=rng.normal(0, 0.1, (frames, 2, 2)).astype(np.float32),
        confidence=rng.random(frames).astype(np.float32),
        audio=TakeAudio(rng.uniform(-1, 1, (800, 2)).astype(np.float32), 16_000),
        audio_offset_s=0.25,
        markers=(Marker(0.1, "Ü ✓"), Marker(1 / 3, "")),
        timecode=Timecode(1 / 3, 24),
        corrections=Corrections(
            {"jawOpen": (Key(-0.1, 0.2), Key(1 / 3, -0.0)), "gazeYaw": (Key(0.2, -0.1),)}
        ),
    )


@pytest.fixture
def full_project(some_take: Take) -> Project:
    """A project in which nothing is at its default."""
    rng = np.random.default_rng(5)
    neutral = MotionFrame(
        time_s=4.5,
        weights=rng.random(52).astype(np.float32),
        head_rotation=rng.normal(0, 0.1, 3).astype(np.float32),
        head_translation=rng.normal(0, 0.1, 3).astype(np.float32),
        gaze=rng.normal(0, 0.1, (2, 2)).astype(np.float32),
        confidence=0.75,
        expression_latent=rng.normal(0, 1, 8).astype(np.float32),
    )
    silent = replace(some_take, id="take-two", name="Zweiter Versuch ✓", gaze=None, audio=None)
    return Project(
        name="A portrait of Ärmel",
        avatar="/avatars/somebody.avatar",
        avatar_sha256="ab" * 32,
        hair="/hair/bob.hair",
        hair_sha256="cd" * 32,
        hair_edits=some_edits(),
        painting=some_painting(),
        expression=Expression(
            weights=rng.random(52).astype(np.float32),
            head_rotation=rng.normal(0, 0.1, 3).astype(np.float32),
            head_translation=rng.normal(0, 0.1, 3).astype(np.float32),
            gaze=rng.normal(0, 0.1, 2).astype(np.float32),
        ),
        mixer=MixerSettings(
            groups={
                group: GroupSettings(
                    0.1 * at,
                    -0.05 * at,
                    at % 2 == 0,
                    0.07 * at,
                    (DriverShare("camera:0", 0.25), DriverShare("file:/films/me.mp4"))[: at % 3],
                    0.1 * at - 0.4,
                    1 - 0.1 * at,
                )
                for at, group in enumerate(ChannelGroup)
            },
            profiles={
                "camera:0": DriverProfile(
                    neutral,
                    rng.uniform(0, 4, 52).astype(np.float32),
                    rng.normal(0, 0.1, (2, 2)).astype(np.float32),
                ),
                "file:/films/me.mp4": DriverProfile(gaze_centre=np.eye(2, dtype=np.float32)),
            },
            relative=1 / 3,
            mirror=True,
            holds_gaze=True,
            idle=IdleSettings(0.25, 0.5, 1 / 3),
            speech=SpeechStyle(1.25, 0.75, Mood.SAD, 2 / 3),
        ),
        source=take_source(some_take.id),
        drivers=("camera:0?fps=60", "sound:/sounds/ä.wav"),
        takes={some_take.id: some_take, silent.id: silent},
        active_take=some_take.id,
        clips={
            "clip-one": Clip("/films/one.mp4", some_take.id, 512, 512, 30.0),
            "clip-two": Clip("/films/two.mp4", "", 1920, 1080, 29.97),
        },
        scene=Scene((0.1, 1 / 3, 1.0), False, False, "/pictures/sky.jpg"),
        bookmarks={
            "mark-one": CameraBookmark("Profil", (0.0, 1 / 3, -0.01), 1.5, -0.25, 1.25, 0.35),
            "mark-two": CameraBookmark("Von oben ✓", (0.1, 1.5, 0.0), 0.0, 1.5, 0.75, 1.0),
        },
        portraits={
            "face-one": ProjectPortrait(
                "/faces/ann.portrait", "12" * 32, "Ann ✓", _SETTINGS, False, CropBox(1 / 3, 2, 64)
            ),
            "face-two": ProjectPortrait("demo:bo", name="Bo"),
        },
    )


def wave(shape: tuple[int, ...], phase: int) -> np.ndarray:
    """The rule by which the synthetic FLAME model is made, see `tests/golden/mega/README.md`."""
    index = np.arange(np.prod(shape), dtype=np.float64)
    values = np.sin(0.37 * index + 1.3 * phase + 0.001 * (index % 97))
    return values.reshape(shape).astype(np.float32)


@pytest.fixture(scope="session")
def flame_golden() -> dict[str, np.ndarray]:
    """A synthetic FLAME model and what the reference implementation makes of it."""
    return load_file(_GOLDEN / "mega" / "flame_synthetic.safetensors")


@pytest.fixture(scope="session")
def coarse_flame_mesh(flame_golden: dict[str, np.ndarray]) -> FlameMesh:
    """The synthetic model before subdivision, with 10 identity and 5 expression directions."""
    count = len(flame_golden["model.v_template"])
    regressor = np.zeros((5, count), np.float32)
    for joint, first in enumerate((3500, 3000, 2700, 1900, 1930)):
        regressor[joint, first : first + 3] = 1 / 3
    masks = {k.removeprefix("model.part."): v for k, v in flame_golden.items() if ".part." in k}
    masks = {k: v for k, v in masks.items() if not k.startswith("out")}
    return FlameMesh(
        template=flame_golden["model.v_template"],
        shape_directions=0.002 * wave((count, 3, 10), 1),
        expression_directions=0.003 * wave((count, 3, 5), 2),
        pose_directions=0.001 * wave((count, 3, 36), 3),
        joint_regressor=regressor,
        skin_weights=flame_golden["model.weights"],
        faces=flame_golden["model.faces"],
        uv=flame_golden["model.vertex_uvs"],
        uv_faces=flame_golden["model.faces_uvs"],
        parts=ordered_parts(
            masks, flame_golden["model.backneck"], flame_golden["model.shrink_scalp"]
        ),
    )


@pytest.fixture(scope="session")
def flame_head(coarse_flame_mesh: FlameMesh, flame_golden: dict[str, np.ndarray]) -> FlameHead:
    """The synthetic model with MeGA's mesh and three landmarks."""
    mesh = with_teeth(subdivided(coarse_flame_mesh, flame_golden["model.ignore_faces"]))
    barycentric = np.array([[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.1, 0.8]], np.float32)
    faces = np.array([5, 100, 777], np.int32)
    return FlameHead(mesh, split_at_seams(mesh), np.zeros(10, np.float32), faces, barycentric)


@pytest.fixture(scope="session")
def open_head() -> BlendshapeHead:
    """The demo avatar's head."""
    head = load_demo_avatar().head
    assert isinstance(head, BlendshapeHead)
    return head


@pytest.fixture(scope="session")
def open_flame_head(open_head: BlendshapeHead) -> FlameHead:
    """The demo avatar's head as FLAME would describe it."""
    return in_flame_layout(open_head, ARKIT_UNITS)


@pytest.fixture(scope="session")
def flame_user_folder(
    tmp_path_factory: pytest.TempPathFactory,
    coarse_flame_mesh: FlameMesh,
    flame_golden: dict[str, np.ndarray],
) -> Path:
    """The synthetic model as the files a user has; not to be written to."""
    folder = tmp_path_factory.mktemp("flame")
    mesh = coarse_flame_mesh
    directions = np.zeros((len(mesh.template), 3, 400), np.float32)
    directions[..., :10] = mesh.shape_directions
    directions[..., 300:305] = mesh.expression_directions
    model = {
        "v_template": mesh.template.astype(np.float64),
        "shapedirs": directions,
        "posedirs": mesh.pose_directions,
        "J_regressor": sparse.csc_matrix(mesh.joint_regressor),
        "weights": mesh.skin_weights,
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], range(5)], np.uint32),
        "f": mesh.faces.astype(np.uint32),
        "bs_style": "lbs",
    }
    (folder / "flame2023.pkl").write_bytes(pickle.dumps(model, 2))
    masks = {k.removeprefix("model.part."): v for k, v in flame_golden.items() if ".part." in k}
    masks = {k: v for k, v in masks.items() if not k.startswith("out")}
    (folder / "FLAME_masks_mouth.pkl").write_bytes(pickle.dumps(masks, 2))
    closing = np.zeros((30, 3), np.int32)
    embedding = {
        "full_lmk_faces_idx": np.array([[5, 100, 777]]),
        "full_lmk_bary_coords": np.array([[[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.1, 0.8]]]),
    }
    arrays = {
        "flame_faces": np.concatenate([mesh.faces, closing]),
        "faces_uvs": np.concatenate([mesh.uv_faces, closing]),
        "vertex_uvs": mesh.uv,
        "backneck_idcs": flame_golden["model.backneck"],
        "shrink_scalp_idcs": flame_golden["model.shrink_scalp"],
        "lower_neck_bottom_face_idcs": flame_golden["model.ignore_faces"],
        "landmark_embedding_with_eyes": np.array(embedding, object),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=True)
    return folder


@pytest.fixture(scope="session")
def flame_sources(flame_user_folder: Path) -> FlameSources:
    return find_flame_sources(flame_user_folder / "flame2023.pkl")


@pytest.fixture(scope="session")
def flame_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where built heads are kept between tests, so that each need not build its own."""
    return tmp_path_factory.mktemp("built")


def official_shapes(gaussians: int) -> dict[str, dict[str, tuple[int, ...]]]:
    """Keys and shapes of every entry, written out from the published layout, not from our code."""

    def upsampler(channels: int, widths: list[int]) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for i, width in enumerate(widths):
            conv = f"upsample.{i}.conv1"
            shapes[f"{conv}.bias"] = (width, 8 * 2**i, 8 * 2**i)
            shapes[f"{conv}.conv.weight"] = (width, channels, 3, 3)
            for name in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{conv}.bn.{name}"] = (width,)
            shapes[f"{conv}.bn.num_batches_tracked"] = ()
            shapes[f"upsample.{i}.conv2.weight"] = (4 * width, width, 1, 1)
            shapes[f"upsample.{i}.conv2.bias"] = (4 * width,)
            channels = width
        return shapes

    def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}

    code = linear("z_fc.0", 20, 256)
    eyes: dict[str, tuple[int, ...]] = {}
    for side in ("lefteye", "righteye"):
        eyes |= {f"{side}_scale": (1,), **linear(f"{side}_fc.0", 256, 64)}
        eyes |= linear(f"{side}_fc.2", 64, 3)
    pixel = {**linear("xyz_enc.net.0.linear", 3, 4), **linear("xyz_enc.net.1.linear", 4, 4)}
    pixel |= linear("final_siren.0.net.0.linear", 16, 8)
    pixel |= linear("final_siren.0.net.1.linear", 8, 8)
    pixel |= linear("final_siren.0.net.2.linear", 8, 8)
    pixel |= linear("final_siren.0.net.3", 8, 3)
    hair = {"_xyz": 3, "_scaling": 3, "_rotation": 4, "_opacity": 1}
    return {
        "neural_texture": {"texture": (1, 12, 64, 64)},
        "dynamic_texture": code | upsampler(4, [64, 32, 12]),
        "view_texture": upsampler(3, [64, 32, 12]),
        "disp_decoder": code | upsampler(4, [64, 32, 32, 16, 3]) | eyes,
        "pe": {"m_u": (2, 10000), "m_v": (2, 10000)},
        "head_mlp": pixel,
        "canonical_gs": {
            **{name: (gaussians, width) for name, width in hair.items()},
            "_features_dc": (gaussians, 1, 3),
            "_features_rest": (gaussians, 15, 3),
        },
        "deform_mlp": {
            **linear("deform_expr.0", 44, 16),
            **linear("deform_expr.2", 16, 8),
            **linear("deform_expr.4", 8, 14),
        },
    }


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory, flame_head: FlameHead) -> Path:
    """What official training leaves behind, with random weights; not to be written to."""
    import torch

    folder = tmp_path_factory.mktemp("run") / "306_full"
    folder.mkdir()
    rng = np.random.default_rng(12)
    tracked = {
        "shape": rng.normal(0, 0.5, (1, 10)),
        "expr": rng.normal(0, 0.5, (3, 5)),
        "rotation": rng.normal(0, 0.1, (3, 3)),
        "neck_pose": rng.normal(0, 0.1, (3, 3)),
        "jaw_pose": rng.normal(0, 0.1, (3, 3)),
        "eyes_pose": rng.normal(0, 0.1, (3, 6)),
        "translation": rng.normal(0, 0.02, (3, 3)),
    }
    tracked = {name: values.astype(np.float32) for name, values in tracked.items()}
    np.savez(folder / "flame_params.npz", **tracked)  # type: ignore[arg-type]
    canonical = {name: values[:1] for name, values in tracked.items()}
    canonical["shape"] = tracked["shape"][0]
    canonical["translation"] = canonical["translation"] + np.float32(0.01)
    np.savez(folder / "00000.npz", **canonical, static_offset=np.zeros((1, 9, 3)))  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(21)
    gaussians = 30
    content: dict[str, object] = {"optimizer": {"state": {}, "param_groups": []}}
    content |= {"epoch": 79, "global_step": 123456, "stage": "joint", "stage_step": 5000}
    for entry, shapes in official_shapes(gaussians).items():
        state = {}
        for key, shape in shapes.items():
            if key.endswith("num_batches_tracked"):
                state[key] = torch.tensor(4321)
                continue
            values = torch.randn(shape, generator=generator)
            fan = max(1, int(np.prod(shape[1:])))
            state[key] = values / fan**0.5 if key.endswith("weight") else 0.1 * values
            if key.endswith("running_var"):
                state[key] = 1 + state[key].abs()
            if ".linear." in key:  # sine layers, whose input is multiplied by 30
                state[key] = state[key] / 10
        content[entry] = state
    hair: dict[str, torch.Tensor] = content["canonical_gs"]  # type: ignore[assignment]
    parts = [canonical[k].ravel() for k in ("rotation", "neck_pose", "jaw_pose", "eyes_pose")]
    posed = flame_head.pose(
        HeadParameters(
            canonical["expr"][0],
            np.concatenate(parts).reshape(5, 3),
            canonical["translation"][0],
            canonical["shape"],
        )
    )
    scalp = posed[rng.choice(flame_head.mesh.parts["scalp"], gaussians)]
    hair["_xyz"] = torch.from_numpy((scalp + rng.normal(0, 0.002, scalp.shape)).astype(np.float32))
    hair["_scaling"] = -5 + 0.3 * torch.randn(gaussians, 3, generator=generator)
    hair["_rotation"] = torch.randn(gaussians, 4, generator=generator)
    hair["_opacity"] = torch.randn(gaussians, 1, generator=generator) + 1
    hair["_features_dc"] = torch.randn(gaussians, 1, 3, generator=generator)
    torch.save(content, folder / "checkpoint_latest.pth")
    shutil.copy(_DATA / "mega" / "params.yaml", folder)
    return folder


@pytest.fixture
def journals_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sessions that are gone in a test leave their journals to this process: close them."""
    writers: list[JournalWriter] = []
    make = JournalWriter.__init__

    def noted(self: JournalWriter, *arguments: Any) -> None:
        make(self, *arguments)
        writers.append(self)

    monkeypatch.setattr(JournalWriter, "__init__", noted)
    yield
    for each in writers:
        each.close()
