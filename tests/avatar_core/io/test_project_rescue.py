from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import project_rescue
from avatar_core.io.packed_projects import pack_project
from avatar_core.io.project_check import Soundness, check_project, is_sound
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_rescue import repair_project, repaired_name, rescue_project
from avatar_core.project import Project, digest, projects_equal
from avatar_core.project.references import file_slots
from tests.avatar_core.io.conftest import contents_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def studio(tmp_path: Path, full_project: Project, packed_cache: Path) -> Path:
    path = tmp_path / "show.studio"
    save_project(SavedProject(full_project, {"camera": {"fov_y_rad": 0.35}}), path)
    return path


def where(path: Path, member: str) -> tuple[int, int]:
    """Where the bytes of a member begin, and how many there are."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
    return info.header_offset + 30 + len(member), info.compress_size


def flip(path: Path, offset: int, bits: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= bits
    path.write_bytes(data)


def flip_in(path: Path, member: str, share: float = 0.5) -> None:
    start, size = where(path, member)
    flip(path, start + int(share * size))


def flip_text(path: Path, member: str, text: bytes) -> None:
    """Damage what follows a text in a member that is stored as it is."""
    start, size = where(path, member)
    at = path.read_bytes().index(text, start, start + size)
    flip(path, at + len(text) + 30, 255)


def repaired(path: Path) -> tuple[Project, str]:
    """The repaired project, and all that is said to be lost."""
    before = path.read_bytes()
    out = path.with_name("repaired.studio")
    out.unlink(missing_ok=True)
    losses = repair_project(path, out).losses
    assert path.read_bytes() == before
    assert is_sound(check_project(out))
    return load_project(out).project, "\n".join(losses)


class TestSoundProjects:
    def test_a_sound_project_has_nothing_bad(self, studio: Path) -> None:
        findings = check_project(studio)
        assert is_sound(findings)
        names = {each.name: each for each in findings if each.soundness is Soundness.GOOD}
        assert "SHA-256" in names["checksums"].detail
        assert "2 takes" in names["document"].detail

    def test_rescuing_a_sound_project_loses_nothing(
        self, studio: Path, full_project: Project
    ) -> None:
        rescued = rescue_project(studio)
        assert rescued.losses == ()
        assert projects_equal(rescued.saved.project, full_project)
        assert rescued.saved.view_state == {"camera": {"fov_y_rad": 0.35}}

    @pytest.mark.parametrize("version", range(1, 9))
    def test_files_of_every_version_are_sound_and_rescued_whole(
        self, version: int, packed_cache: Path
    ) -> None:
        path = DATA / f"project_v{version}.studio"
        assert is_sound(check_project(path))
        rescued = rescue_project(path)
        assert rescued.losses == ()
        assert projects_equal(rescued.saved.project, load_project(path).project)

    def test_missing_files_are_a_note_and_no_damage(
        self, tmp_path: Path, rich_project: Project, material: Path, packed_cache: Path
    ) -> None:
        path = tmp_path / "a.studio"
        save_project(SavedProject(rich_project), path)
        assert check_project(path)[-1].detail == "0 packed, 9 outside, all there"
        (material / "films" / "me.mp4").unlink()
        (material / "avatars" / "ada.avatar").write_bytes(b"another")
        notes = [each for each in check_project(path) if each.soundness is Soundness.NOTE]
        assert len(notes) == 2
        assert "has changed" in notes[0].detail
        assert "me.mp4 is missing" in notes[1].detail
        assert is_sound(check_project(path))

    def test_a_folder_called_as_packed_files_are_is_looked_at(self, tmp_path: Path) -> None:
        film = tmp_path / "files" / "me.mp4"
        save_project(SavedProject(Project(source=f"file:{film}")), tmp_path / "show.studio")
        findings = check_project(tmp_path / "show.studio")
        assert "me.mp4 is missing" in findings[-1].detail
        film.parent.mkdir()
        film.touch()
        findings = check_project(tmp_path / "show.studio")
        assert findings[-1].detail == "0 packed, 1 outside, all there"

    def test_checking_a_packed_project_copies_nothing(
        self, tmp_path: Path, rich_project: Project, packed_cache: Path
    ) -> None:
        path = tmp_path / "a.studio"
        pack_project(SavedProject(rich_project), path)
        findings = check_project(path)
        assert is_sound(findings)
        assert findings[-1].detail == "9 packed, 0 outside, all there"
        assert not packed_cache.exists()


class TestDamage:
    @pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
    def test_numbers_that_are_none_are_left_out(
        self, number: bytes, studio: Path, full_project: Project
    ) -> None:
        with zipfile.ZipFile(studio) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        before = members["manifest.json"]
        edited = re.sub(rb'("camera": \{\s*"fov_y_rad": )0\.35', rb"\g<1>" + number, before)
        assert edited != before
        members["manifest.json"] = edited
        with zipfile.ZipFile(studio, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        assert not is_sound(check_project(studio))
        project, _ = repaired(studio)
        assert list(project.takes) == list(full_project.takes)
        out = studio.with_name("repaired.studio")
        assert load_project(out).view_state == {"camera": {"fov_y_rad": None}}

    def test_a_layer_in_hand_that_is_no_name_is_nobody(
        self, studio: Path, full_project: Project
    ) -> None:
        with zipfile.ZipFile(studio) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(members["manifest.json"])
        manifest["painting"]["active"] = {"a": "mapping"}
        members["manifest.json"] = json.dumps(manifest).encode()
        with zipfile.ZipFile(studio, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        project, _ = repaired(studio)
        assert project.painting.active is None
        assert list(project.painting.layers) == list(full_project.painting.layers)

    def test_a_damaged_take_is_left_out(self, studio: Path, full_project: Project) -> None:
        flip_text(studio, "takes/0001.take", b"take.times_s.npy")
        findings = check_project(studio)
        assert not is_sound(findings)
        assert any("takes/0001.take" in each.detail for each in findings)
        project, losses = repaired(studio)
        assert list(project.takes) == ["take-one"]
        assert "takes/0001.take" in losses
        assert digest(project.takes["take-one"]) == digest(full_project.takes["take-one"])
        del full_project.takes["take-two"]
        assert projects_equal(project, full_project)

    def test_a_take_whose_sound_is_damaged_keeps_its_motion(
        self, studio: Path, full_project: Project
    ) -> None:
        flip_text(studio, "takes/0000.take", b"take.audio.npy")
        project, losses = repaired(studio)
        take = project.takes["take-one"]
        assert "First try is there without its sound" in losses
        assert take.audio is None
        assert digest(replace(take, audio=full_project.takes["take-one"].audio)) == digest(
            full_project.takes["take-one"]
        )

    def test_of_damaged_paint_the_other_layers_are_left(
        self, studio: Path, full_project: Project
    ) -> None:
        flip_text(studio, "painting.npz", b"paint.layer_1.raster.packed.npy")
        project, losses = repaired(studio)
        name = full_project.painting.layers["1"].name
        assert f"The paint layer {name!r} is lost." in losses
        assert set(project.painting.layers) == set(full_project.painting.layers) - {"1"}
        assert projects_equal(replace(project, painting=full_project.painting), full_project)

    def test_of_damaged_hair_edits_the_other_layers_are_left(
        self, studio: Path, full_project: Project
    ) -> None:
        flip_text(studio, "hair_edits.npz", b"hair.layer_1.offsets.values.npy")
        project, losses = repaired(studio)
        layers = full_project.hair_edits.layers
        assert set(project.hair_edits.layers) == set(layers) - {"1"}
        assert layers["1"].name in losses
        assert digest(project.hair_edits.added) == digest(full_project.hair_edits.added)

    def test_a_damaged_calibration_costs_no_more_than_that(
        self, studio: Path, full_project: Project
    ) -> None:
        flip_text(studio, "arrays.npz", b"mixer.profiles.0.neutral.weights.npy")
        project, losses = repaired(studio)
        assert "The calibration of 'camera:0' is lost." in losses
        assert list(project.mixer.profiles) == ["file:/films/me.mp4"]
        profiles = {**full_project.mixer.profiles}
        again = replace(project.mixer, profiles=profiles)
        assert projects_equal(replace(project, mixer=again), full_project)

    def test_numbers_that_were_changed_are_not_taken_for_right(
        self, studio: Path, full_project: Project
    ) -> None:
        start, size = where(studio, "painting.npz")
        name = b"paint.baked.deltas.npy"
        at = studio.read_bytes().index(name, start, start + size) + len(name)
        flip(studio, at + 128 + 5)  # behind the array's header
        project, losses = repaired(studio)
        assert "What is baked of the paint is lost" in losses
        assert project.painting.baked is None
        assert set(project.painting.layers) == set(full_project.painting.layers)

    def test_of_two_remains_the_whole_one_is_taken(
        self, studio: Path, full_project: Project
    ) -> None:
        whole = studio.read_bytes()
        flip_text(studio, "takes/0000.take", b"take.audio.npy")
        with zipfile.ZipFile(studio) as archive:
            table_at = archive.start_dir
        studio.write_bytes(studio.read_bytes()[:table_at] + whole[: len(whole) - 100])
        project, losses = repaired(studio)
        assert losses == ""
        assert projects_equal(project, full_project)

    def test_a_member_that_another_program_replaced_is_noticed(self, studio: Path) -> None:
        with zipfile.ZipFile(studio) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        files["takes/0001.take"] = files["takes/0000.take"]
        with zipfile.ZipFile(studio, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        findings = check_project(studio)
        assert any(each.detail == "takes/0001.take: damaged" for each in findings)
        del files["takes/0001.take"]
        with zipfile.ZipFile(studio, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        assert any(each.detail == "takes/0001.take: missing" for each in check_project(studio))

    def test_without_a_table_of_contents_everything_is_there(
        self, studio: Path, full_project: Project
    ) -> None:
        with zipfile.ZipFile(studio) as archive:
            table_at = archive.start_dir
        studio.write_bytes(studio.read_bytes()[:table_at])
        with pytest.raises(ProjectFormatError):
            load_project(studio)
        assert not is_sound(check_project(studio))
        project, losses = repaired(studio)
        assert losses == ""
        assert projects_equal(project, full_project)

    def test_the_table_of_an_archive_within_is_not_taken_for_the_projects(
        self, studio: Path
    ) -> None:
        with zipfile.ZipFile(studio) as archive:
            table_at = archive.start_dir
        studio.write_bytes(studio.read_bytes()[:table_at])
        (finding,) = check_project(studio)
        assert (finding.name, finding.soundness) == ("archive", Soundness.BAD)
        assert finding.hint.startswith("Repair it")

    def test_a_lost_header_is_made_up_for_by_the_table(
        self, studio: Path, full_project: Project
    ) -> None:
        start, _ = where(studio, "takes/0000.take")
        flip(studio, start - len("takes/0000.take") - 30, 255)
        project, losses = repaired(studio)
        assert losses == ""
        assert projects_equal(project, full_project)

    def test_without_a_manifest_the_takes_are_there(
        self, studio: Path, full_project: Project
    ) -> None:
        start, size = where(studio, "manifest.json")
        data = bytearray(studio.read_bytes())
        data[start : start + size] = bytes(size)
        studio.write_bytes(data)
        project, losses = repaired(studio)
        assert "All settings" in losses
        assert list(project.takes) == ["take-one", "take-two"]
        assert np.array_equal(project.expression.weights, full_project.expression.weights)

    def test_a_damaged_packed_file_is_missed_and_the_others_are_there(
        self, tmp_path: Path, rich_project: Project, packed_cache: Path
    ) -> None:
        path = tmp_path / "a.studio"
        pack_project(SavedProject(rich_project), path)
        before = contents_of(file_slots(rich_project))
        flip_in(path, "files/00001")  # the hairstyle
        project, losses = repaired(path)
        assert "bob.hair" in losses
        slots = file_slots(project)
        assert not Path(project.hair).exists()
        rest = [slot for slot in slots if slot.path != project.hair]
        del before[1]
        assert contents_of(rest) == before

    def test_a_newer_release_is_no_damage(self, studio: Path) -> None:
        with zipfile.ZipFile(studio, "a") as archive:
            manifest = archive.read("manifest.json").replace(b'"version": 8', b'"version": 99')
        with zipfile.ZipFile(studio, "w") as archive:
            archive.writestr("manifest.json", manifest)
        with pytest.raises(ProjectFormatError, match="newer release"):
            rescue_project(studio)
        assert "newer release" in check_project(studio)[-1].detail

    @pytest.mark.parametrize("data", [b"", b"x", b"no project at all" * 100, b"PK\x03\x04" * 500])
    def test_of_nothing_nothing_is_saved(self, data: bytes, tmp_path: Path) -> None:
        path = tmp_path / "a.studio"
        path.write_bytes(data)
        assert not is_sound(check_project(path))
        with pytest.raises(AssetError, match=r"Nothing of a project|is empty"):
            repair_project(path, tmp_path / "b.studio")
        assert list(tmp_path.iterdir()) == [path]

    def test_a_file_that_is_there_is_never_written_over(self, studio: Path) -> None:
        other = studio.with_name("other.studio")
        other.write_text("mine")
        for out in (studio, other):
            with pytest.raises(AssetError, match="there already"):
                repair_project(studio, out)
        assert other.read_text() == "mine"
        assert repaired_name(other).name == "other (repaired).studio"
        repaired_name(other).touch()
        assert repaired_name(other).name == "other (repaired 2).studio"


def damages(whole: bytes, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Flipped bits, cut-off ends, overwritten and lost stretches, all over the file."""
    rng = np.random.default_rng(seed)
    for at in np.linspace(0, len(whole) - 1, count).astype(int):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(rng.integers(8))
        yield f"bit at {at}", bytes(flipped)
        yield f"cut at {at}", whole[:at]
        length = int(rng.integers(1, 4096))
        yield f"zeros at {at}", (whole[:at] + bytes(length) + whole[at + length :])[: len(whole)]
        yield f"lost at {at}", whole[:at] + whole[at + length :]


def run_damages(path: Path, count: int) -> tuple[int, int]:
    """Check and repair under every damage; how many gave a project, and how many none."""
    whole, given, none = path.read_bytes(), 0, 0
    broken, out = path.with_name("broken.studio"), path.with_name("out.studio")
    for what, data in damages(whole, 3, count):
        broken.write_bytes(data)
        findings = check_project(broken)
        assert findings, what
        try:
            repair_project(broken, out)
        except AvatarError as error:
            assert "\n" not in error.message, what  # noqa: PT017
            none += 1
            continue
        assert is_sound(check_project(out)), what
        out.unlink()
        given += 1
    return given, none


def test_whatever_is_damaged_the_doctor_stands_and_repairs(studio: Path) -> None:
    given, none = run_damages(studio, 7)
    assert given + none == 28
    assert none <= 3  # next to nothing of the file was left


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whatever_is_damaged_at_many_places(
    tmp_path: Path, studio: Path, rich_project: Project, material: Path
) -> None:
    (material / "films" / "Füße.mp4").write_bytes(b"a short film")
    packed = tmp_path / "packed.studio"
    pack_project(SavedProject(rich_project), packed)
    for path in (studio, packed):
        given, none = run_damages(path, 50)
        assert given > 20 * none


def test_a_fault_of_the_studio_is_not_told_as_an_empty_file(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Project:
        raise ValueError("a mistake in the code")

    monkeypatch.setattr(project_rescue, "read_parts", fail)
    with pytest.raises(ValueError, match="mistake"):
        rescue_project(studio)
    studio.write_bytes(b"")
    with pytest.raises(AssetError, match="is empty"):
        rescue_project(studio)
