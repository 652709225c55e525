from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from avatar_core.errors import AssetError, AvatarError, Cancelled, ProjectFormatError
from avatar_core.io import limits, packed_projects, packing, project_lock
from avatar_core.io.file_marks import mark_of
from avatar_core.io.packed_projects import (
    fetch_files,
    is_to_be_fetched,
    pack_project,
    present_and_absent,
    unpack_project,
)
from avatar_core.io.packing import PackedCache, is_cached, tidy_file_name
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_lock import ProjectLock
from avatar_core.io.relinking import missing_in, search
from avatar_core.project import Project, digest
from avatar_core.project.references import file_slots, with_files
from tests.avatar_core.io.conftest import contents_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def packed(tmp_path: Path, rich_project: Project, packed_cache: Path) -> Path:
    """The project as one file, whose material is gone."""
    path = tmp_path / "mailed" / "show.studio"
    path.parent.mkdir()
    pack_project(SavedProject(rich_project), path)
    return path


def without_places(project: Project) -> str:
    """What a document is but for where its files lie."""
    return digest(with_files(project, lambda slot: replace(slot, path=Path(slot.path).name)))


def edit_manifest(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    edit(manifest)
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


class TestPacking:
    def test_everything_is_there_after_the_files_are_gone(
        self, packed: Path, rich_project: Project, material: Path, packed_cache: Path
    ) -> None:
        before = contents_of(file_slots(rich_project))
        shutil.rmtree(material)

        again = load_project(packed)

        assert again.files.is_packed
        assert without_places(again.project) == without_places(rich_project)
        assert contents_of(file_slots(again.project)) == before
        assert all(is_cached(slot.path) for slot in file_slots(again.project))
        assert [slot.sha256 for slot in file_slots(again.project)] == [
            slot.sha256 for slot in file_slots(rich_project)
        ]

    def test_one_file_and_nothing_else_is_written(self, packed: Path) -> None:
        assert list(packed.parent.iterdir()) == [packed]

    def test_bundled_assets_stay_by_name(self, packed: Path) -> None:
        assert load_project(packed).project.portraits["face-two"].reference == "demo:bo"

    def test_a_file_named_twice_is_packed_once(self, packed: Path, rich_project: Project) -> None:
        names = {Path(slot.path).name for slot in file_slots(rich_project)}
        with zipfile.ZipFile(packed) as archive:
            members = [name for name in archive.namelist() if name.startswith("files/")]
        assert len(members) == len(names) + 1  # the folder holds two

    def test_packing_again_gives_the_same_bytes(self, packed: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.studio"
        pack_project(load_project(packed), other)
        assert other.read_bytes() == packed.read_bytes()

    def test_what_is_missing_is_told_and_left_out(
        self, rich_project: Project, material: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        (material / "sounds" / "line.wav").unlink()
        shutil.rmtree(material / "shots")
        made = pack_project(SavedProject(rich_project), tmp_path / "a.studio")
        assert {path.name for path in made.absent} == {"line.wav", "shots"}
        project = load_project(tmp_path / "a.studio").project
        assert project.drivers[1] == f"sound:{material / 'sounds' / 'line.wav'}"
        _, absent = present_and_absent(project)
        assert {Path(slot.path).name for slot in absent} == {"line.wav", "shots"}

    def test_stopping_leaves_nothing_behind(
        self, rich_project: Project, tmp_path: Path, packed_cache: Path
    ) -> None:
        def stop(fraction: float, _text: str) -> None:
            if fraction > 0.5:
                raise Cancelled

        folder = tmp_path / "out"
        folder.mkdir()
        with pytest.raises(Cancelled):
            pack_project(SavedProject(rich_project), folder / "a.studio", stop)
        assert list(folder.iterdir()) == []

    def test_a_file_that_grows_meanwhile_is_said(
        self, rich_project: Project, material: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        film = material / "films" / "Füße.mp4"

        def grow(_fraction: float, text: str) -> None:
            if "Füße" in text:
                film.write_bytes(film.read_bytes() + b"more")

        with pytest.raises(AssetError, match=r"Füße.mp4 has changed while it was packed"):
            pack_project(SavedProject(rich_project), tmp_path / "a.studio", grow)
        assert not (tmp_path / "a.studio").exists()

    def test_a_folder_that_cannot_be_read_is_named(
        self,
        rich_project: Project,
        tmp_path: Path,
        packed_cache: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def refuse(_folder: Path) -> list[Path]:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(packing, "_files_in", refuse)
        with pytest.raises(AssetError, match=r"shots could not be read: Permission denied"):
            pack_project(SavedProject(rich_project), tmp_path / "a.studio")

    def test_a_project_that_another_studio_has_is_not_packed_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "a.studio"
        save_project(SavedProject(Project(name="Theirs")), out)
        lock = ProjectLock(out)
        lock.acquire()
        monkeypatch.setattr(project_lock, "_held", set())  # as another program sees it
        monkeypatch.setattr(project_lock, "_machine", lambda: "another")
        with pytest.raises(AssetError, match="another studio has it"):
            pack_project(SavedProject(Project()), out)
        assert load_project(out).project.name == "Theirs"
        lock.release()

    def test_a_folder_of_too_many_pictures_is_refused(
        self,
        rich_project: Project,
        tmp_path: Path,
        packed_cache: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(limits, "MEMBERS", 12)
        with pytest.raises(AssetError, match="more than it can carry"):
            pack_project(SavedProject(rich_project), tmp_path / "a.studio")


class TestWhilePacked:
    def test_saving_keeps_it_packed_with_what_was_added(self, packed: Path, tmp_path: Path) -> None:
        new = tmp_path / "new.jpg"
        new.write_bytes(b"a new sky")
        saved = load_project(packed)
        project = saved.project
        project.scene = replace(project.scene, background_image=str(new))
        save_project(saved, packed)
        new.unlink()
        again = load_project(packed)
        assert Path(again.project.scene.background_image).read_bytes() == b"a new sky"
        assert again.files.is_packed

    def test_no_project_ever_names_the_cache(self, packed: Path, tmp_path: Path) -> None:
        saved = load_project(packed)
        path = tmp_path / "plain.studio"
        save_project(SavedProject(saved.project), path, packed=False)
        with zipfile.ZipFile(path) as archive:
            assert "cache of this test" not in archive.read("manifest.json").decode()
        assert all(Path(slot.path).exists() for slot in file_slots(load_project(path).project))

    def test_kept_steps_do_not_travel(self, packed: Path, tmp_path: Path) -> None:
        saved = replace(load_project(packed), history=b"steps")
        save_project(saved, packed)
        assert load_project(packed).history == b""

    def test_versions_kept_on_this_machine_name_the_cache(
        self, packed: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        saved = load_project(packed)
        path = tmp_path / "version.studio"
        files = replace(saved.files, is_packed=False, names_cache=True)
        save_project(replace(saved, files=files), path)
        assert path.stat().st_size < packed.stat().st_size / 10
        again = load_project(path)
        assert contents_of(file_slots(again.project)) == contents_of(file_slots(saved.project))
        shutil.rmtree(packed_cache)
        load_project(packed)  # brings them back to the very same places
        assert present_and_absent(again.project)[1] == []
        save_project(again, path)
        assert load_project(path).files.is_packed

    def test_a_file_beside_the_project_is_not_taken_for_a_packed_one(
        self, packed: Path, tmp_path: Path
    ) -> None:
        saved = load_project(packed)
        avatar = Path(saved.project.avatar).name
        beside = tmp_path / "files" / "0" / avatar
        beside.parent.mkdir(parents=True)
        beside.write_bytes(b"another")
        clip = replace(saved.project.clips["clip-one"], path=str(beside))
        saved.project.clips["clip-two"] = clip
        path = tmp_path / "plain.studio"
        save_project(SavedProject(saved.project), path, packed=False)
        again = load_project(path).project
        assert again.clips["clip-two"].path == str(beside)
        assert again.avatar != str(beside)

    def test_the_cache_may_vanish_between_two_openings(
        self, packed: Path, packed_cache: Path
    ) -> None:
        first = contents_of(file_slots(load_project(packed).project))
        shutil.rmtree(packed_cache)
        assert contents_of(file_slots(load_project(packed).project)) == first

    def test_saving_loses_nothing_that_was_taken_out_of_the_cache_meanwhile(
        self, packed: Path, rich_project: Project, packed_cache: Path, material: Path
    ) -> None:
        saved = load_project(packed)
        shutil.rmtree(material)
        shutil.rmtree(packed_cache)
        saved.project.name = "Edited"
        save_project(saved, packed)
        shutil.rmtree(packed_cache)
        again = load_project(packed)
        assert again.project.name == "Edited"
        assert present_and_absent(again.project)[1] == []

    def test_a_damaged_copy_in_the_cache_is_brought_again(
        self, packed: Path, packed_cache: Path
    ) -> None:
        film = Path(load_project(packed).project.clips["clip-one"].path)
        whole = film.read_bytes()
        film.write_bytes(whole[:100])
        assert Path(load_project(packed).project.clips["clip-one"].path).read_bytes() == whole

    def test_equal_files_of_different_names_are_all_there(
        self, tmp_path: Path, packed_cache: Path
    ) -> None:
        projects = {}
        for name in ("a", "b"):
            film, shots = tmp_path / f"{name}.mp4", tmp_path / f"shots {name}"
            film.write_bytes(b"the same film")
            shots.mkdir()
            (shots / "1.png").write_bytes(b"the same picture")
            projects[name] = Project(source=f"file:{film}", drivers=(f"sequence:{shots}",))
        both = Project(drivers=tuple(slot for each in projects.values() for slot in
                                     (each.source, *each.drivers)))  # fmt: skip
        opened = []
        for name, project in (*projects.items(), ("both", both)):
            out = tmp_path / f"{name}.studio"
            pack_project(SavedProject(project), out)
            opened.append(load_project(out).project)
        for project in opened:
            assert present_and_absent(project)[1] == []
        assert not is_to_be_fetched(tmp_path / "both.studio")

    def test_opening_twice_copies_once(self, packed: Path, packed_cache: Path) -> None:
        told: list[str] = []
        load_project(packed, lambda _fraction, text: told.append(text))
        assert told
        told.clear()
        load_project(packed, lambda _fraction, text: told.append(text))
        assert told == []

    def test_what_takes_a_while_is_known_before(self, packed: Path, tmp_path: Path) -> None:
        assert is_to_be_fetched(packed)
        fetch_files(packed)
        assert not is_to_be_fetched(packed)
        plain = tmp_path / "plain.studio"
        save_project(SavedProject(Project()), plain)
        assert not is_to_be_fetched(plain)
        assert not is_to_be_fetched(tmp_path / "gone.studio")

    def test_it_opens_from_a_folder_that_cannot_be_written_to(
        self, packed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = Path.open

        def read_only(self: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if self.is_relative_to(packed.parent) and set(mode) & set("wxa+"):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            return opened(self, mode, *arguments, **named)

        monkeypatch.setattr(Path, "open", read_only)
        assert load_project(packed).files.is_packed
        assert list(packed.parent.iterdir()) == [packed]

    def test_a_full_disk_under_the_cache_is_said(
        self, packed: Path, packed_cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packed_cache.parent.mkdir(exist_ok=True)
        packed_cache.write_text("no folder")
        with pytest.raises(AssetError, match="could not be copied to"):
            load_project(packed)

    def test_what_nobody_asked_for_in_a_month_is_forgotten(
        self, packed: Path, packed_cache: Path
    ) -> None:
        load_project(packed)
        old, *others = packed_cache.iterdir()
        os.utime(old, (0, 0))
        PackedCache().forget_unused()
        assert set(packed_cache.iterdir()) == set(others)


class TestUnpacking:
    def test_the_files_are_named_again(
        self, packed: Path, rich_project: Project, tmp_path: Path, packed_cache: Path
    ) -> None:
        made = unpack_project(packed, tmp_path / "here")
        shutil.rmtree(packed_cache)
        packed.unlink()
        again = load_project(made.path)
        assert not again.files.is_packed
        assert without_places(again.project) == without_places(rich_project)
        assert contents_of(file_slots(again.project)) == contents_of(file_slots(rich_project))
        assert {path.name for path in (tmp_path / "here").iterdir()} == {
            "show.studio",
            "show files",
        }

    def test_what_is_known_of_missing_films_stays_known(
        self, rich_project: Project, material: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        plain, mailed = tmp_path / "plain.studio", tmp_path / "mailed.studio"
        save_project(SavedProject(rich_project), plain)
        film = material / "films" / "Füße.mp4"
        mark = mark_of(film)
        moved = film.rename(tmp_path / "called otherwise.bin")
        pack_project(load_project(plain), mailed)
        made = unpack_project(mailed, tmp_path / "here")
        again = load_project(made.path)
        assert again.files.marks[str(film)] == mark
        missing = missing_in(again.project, again.files.marks)
        found = search(missing, [tmp_path])
        assert found[str(film)].path == moved

    def test_the_folder_moves_as_a_whole(self, packed: Path, tmp_path: Path) -> None:
        unpack_project(packed, tmp_path / "here")
        shutil.move(tmp_path / "here", tmp_path / "there")
        project = load_project(tmp_path / "there" / "show.studio").project
        assert present_and_absent(project)[1] == []

    def test_names_that_are_alike_get_numbers(
        self, rich_project: Project, material: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        twin = material / "sounds" / "SKY.jpg"
        twin.write_bytes(b"another sky")
        rich_project.drivers = (f"file:{twin}",)
        pack_project(SavedProject(rich_project), tmp_path / "a.studio")
        made = unpack_project(tmp_path / "a.studio", tmp_path / "here")
        names = {path.name.casefold() for path in made.files}
        assert {"sky.jpg", "sky 2.jpg"} <= names
        project = load_project(made.path).project
        assert Path(project.drivers[0][5:]).read_bytes() == b"another sky"

    def test_nothing_is_overwritten(self, packed: Path, tmp_path: Path) -> None:
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "show.studio").write_text("mine")
        with pytest.raises(AssetError, match="already"):
            unpack_project(packed, tmp_path / "here")
        assert (tmp_path / "here" / "show.studio").read_text() == "mine"

    def test_a_project_that_names_its_files_is_not_unpacked(
        self, tmp_path: Path, packed_cache: Path
    ) -> None:
        save_project(SavedProject(Project()), tmp_path / "a.studio")
        with pytest.raises(AssetError, match="not packed"):
            unpack_project(tmp_path / "a.studio", tmp_path / "here")

    def test_stopping_leaves_nothing_behind(self, packed: Path, tmp_path: Path) -> None:
        load_project(packed)

        def stop(_fraction: float, _text: str) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            unpack_project(packed, tmp_path / "here", stop)
        assert list((tmp_path / "here").iterdir()) == []

    def test_files_without_their_project_are_not_left_behind(
        self, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise AssetError("The disk is full.")

        monkeypatch.setattr(packed_projects, "save_project", full)
        with pytest.raises(AssetError, match="full"):
            unpack_project(packed, tmp_path / "here")
        assert list((tmp_path / "here").iterdir()) == []


class TestHostileArchives:
    @pytest.mark.parametrize(
        "edit",
        [
            lambda p: p.update(path="../../evil"),
            lambda p: p.update(path="files/0/../evil"),
            lambda p: p.update(path="files/0/con"),
            lambda p: p.update(path="files/0/a:b"),
            lambda p: p["files"][0].update(name="../evil"),
            lambda p: p["files"][0].update(name=""),
            lambda p: p["files"][0].update(member="manifest.json"),
            lambda p: p["files"][0].update(member="files/99999"),
            lambda p: p["files"][0].update(size=1),
            lambda p: p["files"][0].update(size=-1),
            lambda p: p["files"].append(p["files"][0]),
            lambda p: p.update(files=[]),
        ],
    )
    def test_entries_that_no_studio_wrote_are_refused(
        self, edit: Callable[[dict[str, Any]], object], packed: Path, packed_cache: Path
    ) -> None:
        edit_manifest(packed, lambda manifest: edit(manifest["packed"][0]))
        with pytest.raises(ProjectFormatError, match="damaged"):
            load_project(packed)
        assert not (packed_cache.parent / "evil").exists()

    def test_a_packed_bomb_is_refused(self, packed: Path) -> None:
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("files/77777", bytes(10_000_000))
        with pytest.raises(ProjectFormatError, match="not supported"):
            load_project(packed)

    def test_a_changed_bit_in_a_packed_file_is_noticed(
        self, packed: Path, packed_cache: Path, material: Path
    ) -> None:
        data = bytearray(packed.read_bytes())
        film = (material / "films" / "Füße.mp4").read_bytes()
        data[data.find(film[:64]) + 5000] ^= 1
        packed.write_bytes(data)
        with pytest.raises(ProjectFormatError, match=r"cannot be unpacked|not what was packed"):
            load_project(packed)
        assert not any(path.name == "Füße.mp4" for path in packed_cache.rglob("*"))

    def test_a_lost_checksum_is_noticed(self, packed: Path) -> None:
        with zipfile.ZipFile(packed) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        del files["checksums.json"]
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        with pytest.raises(AvatarError, match="checksum"):
            load_project(packed)


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("Füße ✓.mp4", "Füße ✓.mp4"),
        ("a:b?.png", "a_b_.png"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("ends. . ", "ends"),
        ("...", "file"),
        (".hidden", ".hidden"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
        ("\udcff.png", "_.png"),
    ],
)
def test_names_are_good_on_every_system(name: str, tidy: str) -> None:
    assert tidy_file_name(name) == tidy
    assert tidy_file_name(tidy) == tidy
