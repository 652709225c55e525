"""Wishes and what becomes of them: folders, sequences, textures, curves, whole avatars."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import AssetError, Cancelled
from avatar_core.exchange.avatar_export import ExportSubject, ExportWish, export_avatar
from avatar_core.exchange.curve_export import curve_notes
from avatar_core.exchange.formats import FORMATS, Format, Pose
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.flame_sequence import read_flame_sequence
from avatar_core.io.gaussian_files import read_gaussians
from avatar_core.io.hair_file import load_hair
from avatar_core.io.open_raster_reader import read_open_raster
from avatar_core.io.take_file import load_take
from avatar_core.mega import build
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.motion.corrections import NO_CORRECTIONS
from avatar_core.project import HairEdits, Painting, PaintLayer
from avatar_core.project.paint import TILE, LayerKind, Raster, TexturePart
from tests.avatar_core.exchange.gltf_reader import ReadGltf

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads.flame import FlameHead
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset

SIZE = 512


@pytest.fixture
def avatar(small_avatar: AvatarAsset) -> AvatarAsset:
    return replace(small_avatar, hair=replace(small_avatar.hair, flags=np.zeros(20, np.uint8)))


@pytest.fixture
def painting() -> Painting:
    """One layer that covers the upper left tile: half of it red, half of it green, half clear."""
    tile = np.zeros((TILE, TILE, 4), np.uint16)
    tile[:, :32] = (65535, 0, 0, 65535)
    tile[:, 32:] = (0, 32768, 0, 32768)
    raster = Raster(SIZE, 4, {0: tile})
    return Painting(size=SIZE, layers={"1": PaintLayer("Lips / rouge", raster=raster)}, active="1")


def groomed(avatar: AvatarAsset) -> ExportSubject:
    canvas = HairCanvas(avatar.hair, HairEdits())
    canvas.move(np.array([1], np.int32), canvas.means[[1]] + np.float32(0.02))
    canvas.delete(np.array([0], np.int32))
    return ExportSubject(avatar, edited_hair(avatar.hair, canvas.result()))


def picture(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    order = [2, 1, 0, 3][: image.shape[2]]
    return np.asarray(image[:, :, order])


@pytest.mark.parametrize("format", [Format.PLY, Format.SPZ, Format.SPLAT, Format.HAIR, Format.GLB])
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_file_may_be_named_or_the_folder_for_it(
    avatar: AvatarAsset, format: Format, is_folder: bool, tmp_path: Path
) -> None:
    kind = FORMATS[format]
    out = tmp_path / "out" if is_folder else tmp_path / f"Ada{kind.suffix.upper()}"
    report = export_avatar(groomed(avatar), ExportWish(format, out))
    name = f"{kind.stem}{kind.suffix}" if is_folder else out.name
    assert report.files == (name,)
    assert report.folder == (out if is_folder else tmp_path)
    path = report.folder / name
    if format is Format.GLB:
        assert len(ReadGltf.of(path).attribute("Hair", "POSITION")) == 19
    elif format is Format.HAIR:
        assert len(load_hair(path).gaussians) == 19
    else:
        assert len(read_gaussians(path)) == 19


@pytest.mark.parametrize("format", [Format.PLY, Format.GLB])
def test_every_frame_of_a_take_becomes_a_file(
    avatar: AvatarAsset, some_take: Take, format: Format, tmp_path: Path
) -> None:
    subject, heard = groomed(avatar), []
    report = export_avatar(
        subject,
        ExportWish(format, tmp_path / "out", Pose.SEQUENCE, take=some_take, frames=(3, 6)),
        lambda done, _text: heard.append(done),
    )
    kind = FORMATS[format]
    names = [f"{kind.stem}_{at:06d}{kind.suffix}" for at in range(3, 7)]
    assert report.files == (*names, "sequence.json")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(report.files)
    posing = build(avatar)
    assert subject.hair is not None
    for at, name in zip(range(3, 7), names, strict=True):
        frame = subject.hair.worn(posing.evaluate(some_take.frame(at)))
        path = tmp_path / "out" / name
        if format is Format.GLB:
            means = ReadGltf.of(path).attribute("Hair", "POSITION")
        else:
            means = read_gaussians(path).means * [-1, -1, 1]
        np.testing.assert_array_equal(means, frame.hair_means[1:])
    table = json.loads((tmp_path / "out" / "sequence.json").read_text())
    assert [each["file"] for each in table["frames"]] == names
    assert [each["time_s"] for each in table["frames"]] == [at / 30 for at in range(3, 7)]
    assert heard == [0, 0.25, 0.5, 0.75]
    said = " ".join(report.notes)
    assert "Frames 3 to 6 of 'First try'" in said
    assert said.count("1 deleted Gaussians") == 1
    assert "0.100 s" not in said


def test_a_sequence_of_heads_tells_what_of_the_face_is_not_in_it(
    avatar: AvatarAsset, some_take: Take, tmp_path: Path
) -> None:
    gloss = PaintLayer("Shine", LayerKind.FILL, TexturePart.GLOSS)
    subject = ExportSubject(avatar, None, Painting(size=SIZE, layers={"1": gloss}, active="1"))
    wish = ExportWish(
        Format.GLB, tmp_path / "out", Pose.SEQUENCE, take=some_take, frames=(0, 1)
    )  # fmt: skip
    notes = export_avatar(subject, wish).notes
    assert notes.count("What was painted of gloss is not in the texture.") == 1


def test_a_stopped_sequence_leaves_nothing(
    avatar: AvatarAsset, some_take: Take, tmp_path: Path
) -> None:
    def stop(done: float, _text: str) -> None:
        if done > 0.4:
            raise Cancelled

    wish = ExportWish(Format.SPZ, tmp_path / "out", Pose.SEQUENCE, take=some_take)
    with pytest.raises(Cancelled):
        export_avatar(groomed(avatar), wish, stop)
    assert not list(tmp_path.iterdir())


def test_an_animation_has_the_frames_that_were_chosen(
    avatar: AvatarAsset, some_take: Take, tmp_path: Path
) -> None:
    wish = ExportWish(
        Format.GLB, tmp_path / "a.glb", Pose.ANIMATION, take=some_take, frames=(2, None)
    )
    export_avatar(ExportSubject(avatar), wish)
    read = ReadGltf.of(tmp_path / "a.glb")
    times = read.accessor(read.gltf.animations[0].samplers[0].input)[:, 0]
    np.testing.assert_allclose(times, np.arange(10) / 30, atol=1e-6)
    neck = read.at_key(0)[read.node("Neck"), "rotation"]
    angle = 2 * np.arccos(min(abs(neck[3]), 1))
    assert angle == pytest.approx(np.linalg.norm(some_take.frame(2).head_rotation), abs=1e-4)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"format": Format.SPZ, "pose": Pose.ANIMATION}, "Packed Gaussians.* as an animation"),
        ({"format": Format.TEXTURES, "pose": Pose.MOMENT}, "as posed at a moment"),
        ({"format": Format.OFFICIAL, "pose": Pose.SEQUENCE}, "frame by frame"),
        ({"format": Format.GLB, "pose": Pose.MOMENT}, "no moment"),
        ({"format": Format.GLB, "pose": Pose.ANIMATION}, "no performance"),
        ({"format": Format.CURVES}, "no performance"),
        ({"format": Format.GLB, "out": "a.spz"}, r"does not end in \.glb"),
        ({"format": Format.AVATAR, "out": "a.hair"}, r"does not end in \.avatar"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_written(
    avatar: AvatarAsset, wish: dict[str, object], words: str, tmp_path: Path
) -> None:
    wish = {"out": "out", **wish}
    wish["out"] = tmp_path / str(wish["out"])
    with pytest.raises(AssetError, match=words) as caught:
        export_avatar(ExportSubject(avatar), ExportWish(**wish))  # type: ignore[arg-type]
    assert caught.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("frames", [(0, 12), (-1, 3), (5, 4), (99, None)])
def test_frames_that_a_take_lacks_are_told(
    avatar: AvatarAsset, some_take: Take, frames: tuple[int, int | None], tmp_path: Path
) -> None:
    wish = ExportWish(Format.PLY, tmp_path / "out", Pose.SEQUENCE, take=some_take, frames=frames)
    with pytest.raises(AssetError, match="has frames 0 to 11"):
        export_avatar(ExportSubject(avatar), wish)
    assert not list(tmp_path.iterdir())


def test_textures_hold_face_and_layers(
    avatar: AvatarAsset, painting: Painting, tmp_path: Path
) -> None:
    face = np.full((SIZE, SIZE, 3), 100, np.uint8)
    avatar = replace(avatar, face=replace(avatar.face, texture=face))
    subject = ExportSubject(avatar, None, painting)
    report = export_avatar(subject, ExportWish(Format.TEXTURES, tmp_path / "out"))
    assert report.files == ("face.png", "bare.png", "layers.ora", "layer_01_Lips _ rouge.png")
    painted, bare = picture(tmp_path / "out" / "face.png"), picture(tmp_path / "out" / "bare.png")
    np.testing.assert_array_equal(bare, face)
    np.testing.assert_array_equal(painted[:, TILE:], face[:, TILE:])
    np.testing.assert_array_equal(painted[0, 0], [255, 0, 0])
    np.testing.assert_allclose(painted[0, 40], [50, 178, 50], atol=1)
    layer = picture(tmp_path / "out" / "layer_01_Lips _ rouge.png")
    assert layer.dtype == np.uint16
    np.testing.assert_array_equal(layer[0, 40], [0, 65535, 0, 32768])
    opened = read_open_raster(tmp_path / "out" / "layers.ora", SIZE).painting
    assert [each.name for each in opened.layers.values()] == ["Lips / rouge"]


def test_textures_without_paint_are_one_picture(avatar: AvatarAsset, tmp_path: Path) -> None:
    report = export_avatar(ExportSubject(avatar), ExportWish(Format.TEXTURES, tmp_path / "out"))
    assert report.files == ("face.png",)
    np.testing.assert_array_equal(picture(tmp_path / "out" / "face.png"), avatar.face.texture)


def test_curves_are_what_plays(avatar: AvatarAsset, some_take: Take, tmp_path: Path) -> None:
    wish = ExportWish(Format.CURVES, tmp_path / "out", take=some_take)
    report = export_avatar(ExportSubject(avatar), wish)
    assert report.files == ("First try.csv", "First try.npz", "First try.take")
    played = [some_take.frame(at) for at in range(12)]
    jaw = ARKIT_UNITS.index("jawOpen")
    with np.load(tmp_path / "out" / "First try.npz", allow_pickle=False) as arrays:
        assert tuple(arrays["unit_names"]) == ARKIT_UNITS
        expected = [frame.weights[jaw] for frame in played]
        np.testing.assert_allclose(arrays["weights"][:, jaw], expected, atol=1e-6)
        np.testing.assert_allclose(arrays["gaze"], [frame.gaze for frame in played], atol=1e-6)
        np.testing.assert_array_equal(arrays["times_s"], some_take.times_s)
        assert arrays["fps"] == 30
    with (tmp_path / "out" / "First try.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["JawOpen"]) for row in rows] == pytest.approx(expected, abs=1e-6)
    assert load_take(tmp_path / "out" / "First try.take").name == "First try"
    assert any("no FLAME head" in note for note in report.notes)


def test_what_is_odd_about_a_take_is_told(some_take: Take) -> None:
    assert curve_notes(replace(some_take, confidence=np.ones(12, np.float32))) == []
    odd = replace(
        some_take,
        confidence=np.array([0] * 3 + [1] * 9, np.float32),
        times_s=np.concatenate([np.arange(11) / 30, [2.0]]),
        weights=np.zeros((12, 52), np.float32),
        corrections=NO_CORRECTIONS,
    )
    assert curve_notes(odd) == [
        "In 3 of 12 frames no face was seen; they hold the last pose.",
        "No unit of the face moves in this take.",
        "There is a gap of 1.67 s between two frames.",
    ]
    wild = replace(odd, weights=np.full((12, 52), 1.5, np.float32))
    assert "In 12 frames a unit leaves the range of 0 to 1." in curve_notes(wild)


def test_curves_for_a_flame_head_are_its_parameters_too(
    avatar: AvatarAsset, open_flame_head: FlameHead, some_take: Take, tmp_path: Path
) -> None:
    who = ExportSubject(replace(avatar, head=open_flame_head))
    report = export_avatar(who, ExportWish(Format.CURVES, tmp_path / "out", take=some_take))
    assert report.files[-1] == "First try_flame.npz"
    sequence = read_flame_sequence(tmp_path / "out" / report.files[-1])
    assert len(sequence) == 12
    np.testing.assert_allclose(
        sequence.joints[:, 1], [some_take.frame(at).head_rotation for at in range(12)], atol=1e-5
    )


def test_a_whole_avatar_wears_its_edits_and_its_paint(
    avatar: AvatarAsset, painting: Painting, tmp_path: Path
) -> None:
    subject = replace(groomed(avatar), painting=painting)
    wish = ExportWish(Format.AVATAR, tmp_path / "a.avatar", name="Ada the Second")
    report = export_avatar(subject, wish)
    again = load_avatar(tmp_path / "a.avatar")
    assert again.name == "Ada the Second"
    assert len(again.hair) == 19
    np.testing.assert_allclose(again.hair.means[0], avatar.hair.means[1] + 0.02, atol=1e-4)
    assert again.face.texture.shape == (SIZE, SIZE, 3)
    np.testing.assert_array_equal(again.face.texture[0, 0], [255, 0, 0])
    assert any("layers made one" in note for note in report.notes)
    np.testing.assert_allclose(
        build(again).evaluate(MotionFrame()).hair_means, again.hair.means, atol=1e-6
    )
