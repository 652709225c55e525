from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.file_marks import FileMark
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.motion import (
    UNIT_INDEX,
    ChannelGroup,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Mood,
    SpeechStyle,
)
from avatar_core.project import (
    DEMO_AVATAR,
    Adjustment,
    Blend,
    CameraBookmark,
    Clip,
    CropBox,
    HairChannel,
    HairEdits,
    LayerKind,
    Painting,
    PaintLayer,
    PortraitBackground,
    PortraitDriver,
    PortraitEngine,
    PortraitSettings,
    Project,
    ProjectPortrait,
    Scene,
    TexturePart,
    projects_equal,
)
from avatar_core.project.paint import TILE
from avatar_core.project.tile_bytes import pack_tiles

if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY_TILE = np.zeros((TILE, TILE, 4), np.uint16)
DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def studio(tmp_path: Path, full_project: Project) -> Path:
    """A project file with everything in it."""
    path = tmp_path / "show.studio"
    save_project(SavedProject(full_project, {"camera": {"fov_y_rad": 0.35}}), path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def edit_manifest(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    files = members(path)
    manifest = json.loads(files["manifest.json"])
    edit(manifest)
    rewrite(path, {**files, "manifest.json": json.dumps(manifest).encode()})


def edit_arrays(path: Path, member: str = "arrays.npz", /, **changes: np.ndarray | None) -> None:
    files = members(path)
    arrays = {**arrays_from_npz(files[member]), **changes}
    kept = {name: array for name, array in arrays.items() if array is not None}
    rewrite(path, {**files, member: arrays_to_npz(kept)})


class TestRoundTrip:
    def test_everything_comes_back_bit_for_bit(self, studio: Path, full_project: Project) -> None:
        saved = load_project(studio)
        assert projects_equal(saved.project, full_project)
        assert saved.view_state == {"camera": {"fov_y_rad": 0.35}}

    def test_an_empty_project_comes_back(self, tmp_path: Path) -> None:
        save_project(SavedProject(Project()), tmp_path / "a.studio")
        assert projects_equal(load_project(tmp_path / "a.studio").project, Project())

    def test_equal_projects_give_equal_files(self, studio: Path, full_project: Project) -> None:
        other = studio.with_name("other.studio")
        save_project(SavedProject(full_project, {"camera": {"fov_y_rad": 0.35}}), other)
        assert other.read_bytes() == studio.read_bytes()

    def test_the_order_of_takes_clips_bookmarks_and_portraits_is_kept(
        self, tmp_path: Path, full_project: Project
    ) -> None:
        full_project.takes = dict(reversed(full_project.takes.items()))
        full_project.clips = dict(reversed(full_project.clips.items()))
        full_project.bookmarks = dict(reversed(full_project.bookmarks.items()))
        full_project.portraits = dict(reversed(full_project.portraits.items()))
        save_project(SavedProject(full_project), tmp_path / "a.studio")
        assert projects_equal(load_project(tmp_path / "a.studio").project, full_project)

    def test_take_names_and_ids_never_become_file_names(
        self, studio: Path, full_project: Project
    ) -> None:
        take = replace(full_project.takes["take-one"], id="../../evil", name="/etc/passwd")
        full_project.takes = {take.id: take}
        full_project.active_take = take.id
        save_project(SavedProject(full_project), studio)
        names = {"manifest.json", "arrays.npz", "hair_edits.npz", "painting.npz", "checksums.json"}
        assert set(members(studio)) == names | {"takes/0000.take"}
        assert projects_equal(load_project(studio).project, full_project)

    def test_loaded_arrays_cannot_be_written(self, studio: Path) -> None:
        with pytest.raises(ValueError, match="read-only"):
            load_project(studio).project.expression.weights[0] = 1


class TestPaths:
    @pytest.fixture
    def project(self, tmp_path: Path, full_project: Project) -> Project:
        full_project.avatar = str(tmp_path / "avatars" / "ada.avatar")
        full_project.hair = str(tmp_path / "hair" / "bob.hair")
        full_project.source = f"file:{tmp_path / 'face.mp4'}"
        full_project.clips = {"c": Clip(str(tmp_path / "clips" / "a.mp4"), "", 64, 64, 30.0)}
        full_project.scene = Scene(background_image=str(tmp_path / "pictures" / "sky.jpg"))
        decal = PaintLayer("Decal", source=str(tmp_path / "pictures" / "decal.png"))
        full_project.painting = full_project.painting.with_layer("6", decal)
        ann = ProjectPortrait(str(tmp_path / "faces" / "ann.portrait"))
        full_project.portraits = {"a": ann, "b": ProjectPortrait("demo:bo")}
        return full_project

    def test_what_lies_below_the_folder_moves_with_it(
        self, tmp_path: Path, project: Project
    ) -> None:
        save_project(SavedProject(project), tmp_path / "show.studio")
        moved = tmp_path / "moved"
        moved.mkdir()
        shutil.move(tmp_path / "show.studio", moved)
        again = load_project(moved / "show.studio").project
        assert again.avatar == str(moved / "avatars" / "ada.avatar")
        assert again.hair == str(moved / "hair" / "bob.hair")
        assert again.source == f"file:{moved / 'face.mp4'}"
        assert again.clips["c"].path == str(moved / "clips" / "a.mp4")
        assert again.scene.background_image == str(moved / "pictures" / "sky.jpg")
        assert again.painting.layers["6"].source == str(moved / "pictures" / "decal.png")
        assert again.portraits["a"].reference == str(moved / "faces" / "ann.portrait")
        assert again.portraits["b"].reference == "demo:bo"

    def test_saving_elsewhere_keeps_naming_the_same_files(
        self, tmp_path: Path, project: Project
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        save_project(SavedProject(project), tmp_path / "elsewhere" / "show.studio")
        assert projects_equal(load_project(tmp_path / "elsewhere" / "show.studio").project, project)

    @pytest.mark.parametrize("hair", ["", "demo:bob"])
    def test_bundled_avatars_and_own_hair_are_no_paths(self, tmp_path: Path, hair: str) -> None:
        save_project(SavedProject(Project(hair=hair)), tmp_path / "show.studio")
        again = load_project(tmp_path / "show.studio").project
        assert (again.avatar, again.hair) == (DEMO_AVATAR, hair)

    def test_a_relative_path_to_save_to_is_taken_from_here(
        self, tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        save_project(SavedProject(project), "show.studio")
        assert projects_equal(load_project("show.studio").project, project)

    @pytest.mark.parametrize(
        "edit",
        [
            lambda m: m["avatar"].update(reference="../a.avatar"),
            lambda m: m["hair"].update(reference="../b.hair"),
            lambda m: m["clips"][0].update(path="a/../../b.mp4"),
            lambda m: m.update(source="file:../face.mp4"),
            lambda m: m["scene"].update(background_image="../sky.jpg"),
            lambda m: m["painting"]["layers"][0].update(source="../decal.png"),
            lambda m: m["portraits"][0].update(reference="../ann.portrait"),
        ],
    )
    def test_relative_paths_out_of_the_folder_are_refused(
        self, edit: Callable[[dict[str, Any]], None], studio: Path
    ) -> None:
        edit_manifest(studio, edit)
        with pytest.raises(ProjectFormatError, match="outside its folder"):
            load_project(studio)


class TestSavingThatFails:
    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(AssetError, match="does not exist"):
            save_project(SavedProject(Project()), tmp_path / "gone" / "a.studio")

    @pytest.mark.parametrize(
        "view_state",
        [{"a": float("nan")}, {"a": object()}, {"a": "x" * (limits.VIEW_STATE_BYTES + 1)}],
    )
    def test_view_state_that_is_no_plain_data_is_refused(
        self, view_state: dict[str, Any], studio: Path, full_project: Project
    ) -> None:
        with pytest.raises((ValueError, TypeError)):
            save_project(SavedProject(Project(), view_state), studio)
        assert projects_equal(load_project(studio).project, full_project)


class TestOtherFiles:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(AssetError, match=r"a\.studio was not found"):
            load_project(tmp_path / "a.studio")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(AssetError, match=r"folder|could not be read"):
            load_project(tmp_path)

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.studio").touch()
        with pytest.raises(ProjectFormatError, match="is empty"):
            load_project(tmp_path / "a.studio")

    @pytest.mark.parametrize(
        "data", [b"\x89PNG\r\n\x1a\n" * 50, b"hello", b"PK\x03\x04" + b"\0" * 99]
    )
    def test_another_type(self, data: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.studio").write_bytes(data)
        with pytest.raises(ProjectFormatError, match="not a file of this studio"):
            load_project(tmp_path / "a.studio")

    def test_another_zip(self, tmp_path: Path) -> None:
        rewrite(tmp_path / "a.studio", {"word/document.xml": b"<x/>"})
        with pytest.raises(ProjectFormatError, match="is not a project"):
            load_project(tmp_path / "a.studio")

    def test_another_format_of_ours(self, studio: Path) -> None:
        edit_manifest(studio, lambda m: m.update(format="avatar-studio-avatar"))
        with pytest.raises(ProjectFormatError, match="is not a project"):
            load_project(studio)

    def test_a_newer_release(self, studio: Path) -> None:
        edit_manifest(studio, lambda m: m.update(version=99))
        with pytest.raises(ProjectFormatError, match="newer release") as caught:
            load_project(studio)
        assert "Update" in caught.value.hint

    def test_every_truncation(self, studio: Path) -> None:
        whole = studio.read_bytes()
        for length in range(0, len(whole), max(len(whole) // 40, 1)):
            studio.write_bytes(whole[:length])
            with pytest.raises(ProjectFormatError):
                load_project(studio)


def update(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update(values)


class TestDamage:
    @pytest.mark.parametrize("name", ["arrays.npz", "takes/0000.take"])
    def test_missing_members_are_named(self, name: str, studio: Path) -> None:
        files = members(studio)
        del files[name]
        rewrite(studio, files)
        with pytest.raises(ProjectFormatError, match=f"damaged: {name} is missing"):
            load_project(studio)

    @pytest.mark.parametrize("name", ["arrays.npz", "takes/0000.take", "manifest.json"])
    def test_broken_members_are_refused(self, name: str, studio: Path) -> None:
        for data in (b"", b"broken", members(studio)[name][:-30]):
            rewrite(studio, {**members(studio), name: data})
            with pytest.raises(ProjectFormatError, match=r"damaged|empty|not a file of"):
                load_project(studio)

    @pytest.mark.parametrize(
        "edit",
        [
            update(name=3),
            update(name=None),
            update(avatar="demo:rosa"),
            update(avatar={"reference": "", "sha256": ""}),
            update(hair="demo:bob"),
            update(hair={"reference": None, "sha256": ""}),
            update(hair={"reference": ""}),
            update(mixer=[]),
            update(source=""),
            update(takes=None),
            update(takes=[{"file": "takes/9999.take"}]),
            update(takes=[{"file": "takes/0000.take"}] * 2),
            update(takes=[{"file": "manifest.json"}]),
            update(takes=[{"name": "no file"}]),
            update(active_take="gone"),
            update(active_take=7),
            update(clips={}),
            update(clips=[{"id": "a"}]),
            lambda m: m["scene"].update(background=[0, 0]),
            lambda m: m["scene"].update(background=[0, 0, 2]),
            lambda m: m["scene"].update(show_grid=1),
            lambda m: m["scene"].update(background_image=None),
            update(bookmarks={}),
            update(bookmarks=[{"id": "a"}]),
            lambda m: m["bookmarks"].append(m["bookmarks"][0]),
            lambda m: m["bookmarks"][0].update(target=[0, 0]),
            lambda m: m["bookmarks"][0].update(target=[0, 0, 1e30]),
            lambda m: m["bookmarks"][0].update(yaw_rad="left"),
            lambda m: m["bookmarks"][0].update(pitch_rad=7),
            lambda m: m["bookmarks"][0].update(distance_m=0),
            lambda m: m["bookmarks"][0].update(fov_y_rad=3.2),
            update(portraits={}),
            update(portraits=[{"id": "a"}]),
            lambda m: m["portraits"].append(m["portraits"][0]),
            lambda m: m["portraits"][0].update(reference=""),
            lambda m: m["portraits"][0].update(is_shown=1),
            lambda m: m["portraits"][0].update(box=[0, 0]),
            lambda m: m["portraits"][0].update(box=[0, 0, 0]),
            lambda m: m["portraits"][0].update(box=[-1, 0, 64]),
            lambda m: m["portraits"][0].update(box=[4000, 0, 100]),
            lambda m: m["portraits"][0].update(settings=[]),
            lambda m: m["portraits"][0]["settings"].update(engine="magic"),
            lambda m: m["portraits"][0]["settings"].update(background=["green"]),
            lambda m: m["portraits"][0]["settings"].update(blend=1.1),
            lambda m: m["portraits"][0]["settings"].update(multiplier="much"),
            lambda m: m["portraits"][0]["settings"].update(latent=[9]),
            lambda m: m["portraits"][0]["settings"].update(latent=[0] * 65),
            lambda m: m["portraits"][0]["settings"].pop("lids_gain"),
            update(hair_edits=None),
            lambda m: m["hair_edits"].update(base_count=2**40),
            lambda m: m["hair_edits"].update(base_count=3),
            lambda m: m["hair_edits"].update(added=4),
            lambda m: m["hair_edits"].update(added=0),
            lambda m: m["hair_edits"].update(active="7"),
            lambda m: m["hair_edits"]["layers"].append(m["hair_edits"]["layers"][0]),
            lambda m: m["hair_edits"].update(layers=m["hair_edits"]["layers"] * 101),
            lambda m: m["hair_edits"]["layers"][0].update(id="01"),
            lambda m: m["hair_edits"]["layers"][0].update(strength=1.1),
            lambda m: m["hair_edits"]["layers"][0].update(is_visible=1),
            lambda m: m["hair_edits"]["layers"][0]["channels"][0].update(rows=2**40),
            lambda m: m["hair_edits"]["layers"][0]["channels"][0].update(rows=1),
            lambda m: m["hair_edits"]["layers"][0]["channels"][0].update(channel="smell"),
            lambda m: m["hair_edits"]["layers"][0]["channels"][0].update(channel="turns"),
            update(painting=None),
            lambda m: m["painting"].update(size=500),
            lambda m: m["painting"].update(active="9"),
            lambda m: m["painting"].update(baked={}),
            lambda m: m["painting"].update(layers={}),
            lambda m: m["painting"].update(layers=m["painting"]["layers"] * 30),
            lambda m: m["painting"]["layers"].append(m["painting"]["layers"][0]),
            lambda m: m["painting"]["layers"][0].update(id="0"),
            lambda m: m["painting"]["layers"][0].update(kind="group"),
            lambda m: m["painting"]["layers"][0].update(parent="8"),
            lambda m: m["painting"]["layers"][0].update(parent="4"),
            lambda m: m["painting"]["layers"][3].update(parent="2"),
            lambda m: m["painting"]["layers"][4].update(parent="2"),
            lambda m: m["painting"]["layers"][0].update(opacity=-0.1),
            lambda m: m["painting"]["layers"][0].update(blend="wet"),
            lambda m: m["painting"]["layers"][0].update(part="smell"),
            lambda m: m["painting"]["layers"][0].update(raster=3),
            lambda m: m["painting"]["layers"][0].update(hidden=True),
            lambda m: m["painting"]["layers"][0].update(colour=[0, 0, 1.1]),
            lambda m: m["painting"]["layers"][0]["adjustment"].update(gamma=0.0),
            lambda m: m["painting"]["layers"][0]["adjustment"].update(white=0.0),
            lambda m: m["painting"]["layers"][0]["adjustment"].pop("black"),
            update(view_state=[]),
            update(files={}),
            update(files=[{"path": "a.mp4", "size": -1, "sha256": "ab" * 32}]),
            update(files=[{"path": "a.mp4", "size": 1, "sha256": "xy" * 32}]),
            update(files=[{"path": "../a.mp4", "size": 1, "sha256": "ab" * 32}]),
            update(packed={}),
            update(packed=[{"path": "files/0/a.mp4", "is_folder": False, "files": []}]),
            lambda m: m["mixer"].update(relative=1.5),
            lambda m: m["mixer"].update(mirror="yes"),
            lambda m: m["mixer"]["groups"]["jaw"].update(gain=1e9),
            lambda m: m["mixer"]["groups"].update(tail=m["mixer"]["groups"]["jaw"]),
            lambda m: m["mixer"]["profiles"][0]["profile"]["neutral"].update(confidence=10**400),
            lambda m: m["mixer"]["profiles"][0].update(driver=""),
            lambda m: m["mixer"]["profiles"].append(m["mixer"]["profiles"][0]),
            lambda m: m["mixer"]["groups"]["brows"]["drivers"][0].update(weight=-1),
            lambda m: m["mixer"]["groups"]["brows"]["drivers"][0].update(driver=None),
            lambda m: m["mixer"]["groups"]["brows"].update(drivers=[{"driver": "a"}] * 99),
            lambda m: m["mixer"]["groups"]["jaw"].update(curve=1.5),
            lambda m: m["mixer"]["idle"].update(blinks=2),
            lambda m: m["mixer"]["speech"].update(mood="hungry"),
            lambda m: m["drivers"].append(m["drivers"][0]),
            lambda m: m["drivers"].append(7),
            lambda m: m["drivers"].append("file:../me.mp4"),
            lambda m: m["clips"].append(m["clips"][0]),
            lambda m: m["clips"][0].update(width_px=0),
            lambda m: m["clips"][0].update(fps=0),
            *(lambda m, key=key: m.pop(key) for key in (
                "name", "avatar", "hair", "mixer", "source", "drivers", "takes", "active_take",
                "clips", "scene", "bookmarks", "portraits", "view_state", "hair_edits", "painting",
                "files", "packed",
            )),
        ],
    )  # fmt: skip
    def test_manifests_that_no_studio_wrote_are_refused(
        self, edit: Callable[[dict[str, Any]], None], studio: Path
    ) -> None:
        edit_manifest(studio, edit)
        with pytest.raises(ProjectFormatError, match="damaged"):
            load_project(studio)

    @pytest.mark.parametrize(
        "changes",
        [
            {"expression.weights": None},
            {"expression.weights": np.zeros(51, np.float32)},
            {"expression.weights": np.zeros(52)},
            {"expression.weights": np.full(52, np.nan, np.float32)},
            {"expression.weights": np.full(52, 1.01, np.float32)},
            {"expression.gaze": np.full(2, np.inf, np.float32)},
            {"mixer.profiles.0.neutral.weights": np.zeros((52, 1), np.float32)},
            {"mixer.profiles.0.neutral.gaze": np.zeros(4, np.float32)},
            {"mixer.profiles.0.neutral.expression_latent": np.zeros(8)},
            {"mixer.profiles.0.gains": np.full(52, 4.1, np.float32)},
            {"mixer.profiles.0.gaze_centre": np.zeros(4, np.float32)},
        ],
    )
    def test_arrays_that_no_studio_wrote_are_refused(
        self, changes: dict[str, np.ndarray | None], studio: Path
    ) -> None:
        edit_arrays(studio, **changes)
        with pytest.raises(ProjectFormatError, match="damaged"):
            load_project(studio)

    @pytest.mark.parametrize(
        "changes",
        [
            {"hair.parents": None},
            {"hair.parents": np.full(5, -1, np.int32)},
            {"hair.owners": np.zeros(5, np.int32)},
            {"hair.added.means": np.zeros((4, 3), np.float32)},
            {"hair.added.quats": np.zeros((5, 4), np.float32)},
            {"hair.selection": np.zeros(15, np.uint8)},
            {"hair.flags": np.full(3, 8, np.uint8)},
            {"hair.layer_1.offsets.values": np.full((5, 3), np.nan, np.float32)},
            {"hair.layer_1.offsets.indices": np.array([4, 1], np.uint32)},
            {"hair.layer_1.offsets.indices": np.array([1, 1], np.uint32)},
        ],
    )
    def test_hair_that_no_studio_edited_is_refused(
        self, changes: dict[str, np.ndarray | None], studio: Path
    ) -> None:
        edit_arrays(studio, "hair_edits.npz", **changes)
        with pytest.raises(ProjectFormatError, match="damaged"):
            load_project(studio)

    def test_hair_without_its_arrays_is_refused(self, studio: Path) -> None:
        files = members(studio)
        rewrite(studio, {name: files[name] for name in files if name != "hair_edits.npz"})
        with pytest.raises(ProjectFormatError, match=r"damaged.*hair\."):
            load_project(studio)

    def test_more_hair_than_could_be_read_is_not_written(
        self, studio: Path, full_project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = studio.read_bytes()
        monkeypatch.setattr(limits, "HAIR_EDITS_BYTES", limits.MIB + 100)
        with pytest.raises(AssetError, match="more than a project can keep"):
            save_project(SavedProject(full_project), studio)
        assert studio.read_bytes() == before

    @pytest.mark.parametrize(
        "changes",
        [
            {"paint.layer_1.raster.tiles": None},
            {"paint.layer_1.raster.tiles": np.array([0, 9], np.int32)},
            {"paint.layer_1.raster.tiles": np.array([0, 1, 2, 3], np.int32)},
            {"paint.layer_1.raster.tiles": np.array([0, 9, 64], np.int32)},
            {"paint.layer_1.raster.tiles": np.array([0, 9, 9], np.int32)},
            {"paint.layer_1.raster.tiles": np.array([-1, 0, 9], np.int32)},
            {"paint.layer_1.raster.tiles": np.array([0, 1, 9], np.int64)},
            {"paint.layer_1.raster.packed": np.zeros(0, np.uint8)},
            {"paint.layer_1.raster.packed": np.arange(99, dtype=np.uint8)},
            {"paint.layer_1.raster.packed": pack_tiles([EMPTY_TILE] * 3, 4)},
            {"paint.layer_2.hidden.packed": pack_tiles([EMPTY_TILE] * 3, 4)},
            {"paint.baked.texels": np.array([3, 3, 9], np.int32)},
            {"paint.baked.texels": np.array([-3, 3, 9], np.int32)},
            {"paint.baked.deltas": np.zeros((2, 12), np.float32)},
            {"paint.baked.deltas": np.full((3, 12), np.nan, np.float32)},
            {"paint.baked.deltas": np.zeros((3, 1000), np.float32)},
            {"paint.baked.kept": np.full(3, 1.5, np.float32)},
        ],
    )
    def test_paint_that_no_studio_made_is_refused(
        self, changes: dict[str, np.ndarray | None], studio: Path
    ) -> None:
        edit_arrays(studio, "painting.npz", **changes)
        with pytest.raises(ProjectFormatError, match="damaged"):
            load_project(studio)

    def test_more_paint_than_could_be_read_is_neither_written_nor_read(
        self, studio: Path, full_project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = studio.read_bytes()
        monkeypatch.setattr(limits, "PAINTING_TILES", full_project.painting.nbytes // 2)
        with pytest.raises(AssetError, match="more than a project can keep"):
            save_project(SavedProject(full_project), studio)
        assert studio.read_bytes() == before
        with pytest.raises(ProjectFormatError, match="larger than one can be"):
            load_project(studio)

    def test_a_bomb_among_the_arrays_is_refused(
        self, studio: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "PROJECT_ARRAYS_BYTES", 1 << 20)
        edit_arrays(studio, bomb=np.zeros(1 << 20, np.uint8))
        with pytest.raises(ProjectFormatError, match=r"more than|larger than"):
            load_project(studio)

    def test_names_beyond_those_of_the_version_mean_nothing(
        self, studio: Path, full_project: Project
    ) -> None:
        edit_manifest(studio, update(later="something"))
        edit_arrays(studio, later=np.zeros(3))
        again = load_project(studio)
        assert projects_equal(again.project, full_project)
        save_project(again, studio)
        assert "later" not in json.loads(members(studio)["manifest.json"])

    @settings(max_examples=150, deadline=None,
              suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
    @given(data=st.data())
    def test_changed_bytes_never_crash(self, studio: Path, data: st.DataObject) -> None:
        whole = studio.read_bytes()
        broken = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        path = studio.with_name("broken.studio")
        path.write_bytes(broken)
        try:
            load_project(path)
        except AvatarError as error:
            assert error.message.count("\n") == 0  # noqa: PT017


class TestStoredExamples:
    """Files written by earlier releases, kept to be opened for ever."""

    def test_version_1(self) -> None:
        saved = load_project(DATA / "project_v1.studio")
        project = saved.project
        assert project.name == "A portrait of Ärmel"
        assert project.avatar == "/avatars/somebody.avatar"
        assert project.avatar_sha256 == "ab" * 32
        assert (project.hair, project.hair_sha256) == ("", "")
        assert project.expression.weight("jawOpen") == 0.25
        assert project.expression.head_rotation.tolist() == [0.5, -0.25, 0.125]
        assert project.expression.gaze.tolist() == [0.125, -0.0625]
        assert project.mixer.groups[ChannelGroup.JAW].gain == 1.5
        assert project.mixer.groups[ChannelGroup.LIDS].muted
        neutral = project.mixer.profile("camera:0").neutral  # its source was a take
        assert neutral is not None
        assert neutral.weight("mouthSmileLeft") == 0.5
        assert (project.mixer.relative, project.mixer.mirror) == (0.75, True)
        assert project.source == "take:take-one"
        assert list(project.takes) == ["take-one", "take-two"]
        assert project.takes["take-one"].audio is not None
        assert project.takes["take-two"].gaze is None
        assert project.active_take == "take-one"
        assert project.clips["clip-one"].path == str(DATA / "films" / "one.mp4")
        assert project.clips["clip-two"] == Clip("/films/two.mp4", "", 1920, 1080, 29.97)
        assert project.scene.background == (0.125, 0.25, 1.0)
        assert not project.scene.show_grid
        assert saved.view_state == {"camera": {"fov_y_rad": 0.35}}

    def test_version_2(self) -> None:
        saved = load_project(DATA / "project_v2.studio")
        project = saved.project
        assert project.bookmarks == {}
        assert project.hair == str(DATA / "hair" / "bob.hair")
        assert project.hair_sha256 == "cd" * 32
        older = load_project(DATA / "project_v1.studio").project
        project.hair = project.hair_sha256 = ""
        assert projects_equal(project, older)
        assert saved.view_state == {"camera": {"fov_y_rad": 0.35}}

    def test_version_3(self) -> None:
        project = load_project(DATA / "project_v3.studio").project
        assert list(project.bookmarks) == ["mark-two", "mark-one"]
        assert project.bookmarks["mark-one"] == CameraBookmark(
            "Profil", (0.0, 0.25, -0.125), 1.5, -0.25, 1.25, 0.375
        )
        assert project.scene.background_image == str(DATA / "pictures" / "sky.jpg")
        assert projects_equal(project, replace(project.copy(), hair_edits=HairEdits()))
        project.bookmarks, project.scene = {}, replace(project.scene, background_image="")
        assert projects_equal(project, load_project(DATA / "project_v2.studio").project)

    def test_version_4(self) -> None:
        project = load_project(DATA / "project_v4.studio").project
        edits = project.hair_edits
        assert (edits.base_count, edits.count, edits.active) == (6, 8, "2")
        assert edits.parents.tolist() == [0, 5]
        assert edits.owners.tolist() == [2, 2]
        assert edits.added is not None
        assert edits.added.means.tolist() == [[0.0, 0.125, 0.0], [0.25, 0.125, 0.0]]
        assert edits.added.sh.shape == (2, 4, 3)
        assert edits.selection.tolist() == [0, 255, 128]
        assert edits.flags.tolist() == [2, 4, 6]
        assert list(edits.layers) == ["2", "1"]
        fringe, pony = edits.layers["1"], edits.layers["2"]
        assert (fringe.name, fringe.is_visible, fringe.strength) == ("Fringe", False, 0.5)
        assert (pony.name, pony.is_visible, pony.strength) == ("Pony ✓", True, 1.0)
        offsets = [[0.0] * 3, [0.5, -0.25, 0.0], [0.0] * 3]
        assert fringe.channels[HairChannel.OFFSETS].tolist() == offsets
        assert list(pony.channels) == [HairChannel.FADES, HairChannel.COLOURS]
        assert pony.channels[HairChannel.FADES].tolist() == [[0.0]] * 7 + [[1.0]]
        assert project.painting.is_empty
        assert project.painting.size == 2048
        project.hair_edits = HairEdits()
        assert projects_equal(project, load_project(DATA / "project_v3.studio").project)

    def test_version_5(self) -> None:
        project = load_project(DATA / "project_v5.studio").project
        painting = project.painting
        assert (painting.size, painting.active) == (512, "2")
        assert list(painting.layers) == ["2", "3", "1"]
        spot, warm, skin = (painting.layers[each] for each in ("2", "3", "1"))
        assert (spot.name, spot.parent, spot.source) == ("Fleck ✓", "1", "/pictures/spot.png")
        assert (spot.blend, spot.opacity, spot.part) == (Blend.MULTIPLY, 0.5, TexturePart.GLOSS)
        assert spot.raster is not None
        assert list(spot.raster.tiles) == [9, 63]
        assert (spot.raster.tiles[9] == (1000, 2000, 3000, 40_000)).all()
        assert spot.raster.tiles[63][63].tolist() == [[0, 0, at, 65_535] for at in range(64)]
        assert warm.adjustment == Adjustment(0.5, -0.25, 0.125, 0.0625, 0.75, 1.5)
        assert (warm.kind, warm.is_visible) == (LayerKind.ADJUSTMENT, False)
        assert skin.kind is LayerKind.GROUP
        assert skin.hidden is not None
        assert (skin.hidden.tiles[0] == 30_000).all()
        assert painting.baked is not None
        assert painting.baked.texels.tolist() == [3, 700]
        assert painting.baked.deltas.tolist() == [[0.5, -0.25], [0.125, 8.0]]
        assert painting.baked.kept.tolist() == [0.0, 0.75]
        assert painting.baked.source == "ab" * 32
        assert project.portraits == {}
        project.painting = Painting()
        assert projects_equal(project, load_project(DATA / "project_v4.studio").project)

    def test_version_6(self) -> None:
        project = load_project(DATA / "project_v6.studio").project
        assert list(project.portraits) == ["face-two", "face-one"]
        assert project.portraits["face-two"] == ProjectPortrait("demo:bo", name="Bo")
        assert project.portraits["face-one"] == ProjectPortrait(
            reference=str(DATA / "faces" / "ann.portrait"),
            sha256="ef" * 32,
            name="Ann ✓",
            settings=PortraitSettings(
                engine=PortraitEngine.WARP,
                blend=0.25,
                multiplier=1.5,
                follows_pose=False,
                pose_gain=0.5,
                brows_gain=0.125,
                eyes_gain=0.375,
                mouth_gain=0.625,
                jaw_gain=0.75,
                cheeks_gain=0.875,
                gaze_gain=1.125,
                lids_gain=1.25,
                background=PortraitBackground.TRANSPARENT,
                follows=PortraitDriver.PICTURE,
                latent=(0.5, -2.0),
            ),
            is_shown=False,
            box=CropBox(12.0, 3.5, 64.0),
        )
        project.portraits = {}
        assert projects_equal(project, load_project(DATA / "project_v5.studio").project)
        assert project.drivers == ()
        assert list(project.mixer.profiles) == ["camera:0"]

    def test_version_7(self) -> None:
        project = load_project(DATA / "project_v7.studio").project
        film, mixer = f"file:{DATA / 'films' / 'me.mp4'}", project.mixer
        assert project.source == film
        sound = f"sound:{DATA / 'sounds' / 'line.wav'}"
        assert project.drivers == ("mic:Blue", "livelink:11111", sound)
        assert mixer.groups[ChannelGroup.LIPS] == GroupSettings(
            gain=0.5,
            offset=0.25,
            muted=True,
            smoothing=0.125,
            drivers=(DriverShare("mic:Blue", 0.75), DriverShare(film, 0.5)),
            curve=-0.5,
            relative=0.25,
        )
        assert mixer.groups[ChannelGroup.BROWS].drivers == (DriverShare("livelink:11111", 1.0),)
        assert list(mixer.profiles) == [film, "livelink:11111"]
        neutral = mixer.profile(film).neutral
        assert neutral is not None
        assert (neutral.weight("jawOpen"), neutral.confidence) == (0.25, 0.75)
        assert not mixer.profile(film).has_range
        phone = mixer.profile("livelink:11111")
        assert phone.neutral is None
        assert phone.gains[UNIT_INDEX["mouthSmileLeft"]] == 1.5
        assert phone.gains.sum() == 52.5
        assert phone.gaze_centre is not None
        assert phone.gaze_centre.tolist() == [[0.125, 0], [0, -0.25]]
        assert (mixer.relative, mixer.mirror, mixer.holds_gaze) == (0.5, True, True)
        assert mixer.idle == IdleSettings(0.25, 0.5, 0.75)
        assert mixer.speech == SpeechStyle(1.5, 0.75, Mood.ANGRY, 0.625)

    def test_version_8(self, packed_cache: Path) -> None:
        saved = load_project(DATA / "project_v8.studio")
        project, film = saved.project, str(DATA / "films" / "gone.mp4")
        assert project.clips["a"].path == film
        assert saved.files.is_packed
        assert saved.files.marks == {film: FileMark(12_345, "ab" * 32)}
        assert saved.view_state == {"camera": {"fov_y_rad": 0.35}}
        avatar, sky = Path(project.avatar), Path(project.scene.background_image)
        assert (avatar.name, avatar.read_bytes()) == ("ada.avatar", b"the avatar of Ada")
        assert project.avatar_sha256 == hashlib.sha256(b"the avatar of Ada").hexdigest()
        assert (sky.name, sky.read_bytes()) == ("Himmel ✓.png", b"a blue sky")
        scheme, _, shots = project.source.partition(":")
        assert (scheme, shots[-13:]) == ("sequence", "/shots?fps=12")
        folder = Path(shots.removesuffix("?fps=12"))
        assert [path.read_bytes() for path in sorted(folder.iterdir())] == [b"one", b"two"]
        assert all(packed_cache in path.parents for path in (avatar, sky, folder))

    def test_files_of_version_7_have_no_marks_and_nothing_packed(self) -> None:
        files = load_project(DATA / "project_v7.studio").files
        assert files.marks == {}
        assert not files.is_packed
