from __future__ import annotations

import os
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar_core.commands import AddClip, FileReference, RelinkFiles
from avatar_core.errors import Cancelled
from avatar_core.io.file_marks import FileMark, mark_of
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.relinking import FoundFile, Match, MissingFile, judged, missing_in, search
from avatar_core.project import Clip
from avatar_core.project.references import FileRole, file_slots
from avatar_core.session import Session
from tests.avatar_core.io.conftest import contents_of

if TYPE_CHECKING:
    from avatar_core.io.project_file import ProjectFiles
    from avatar_core.project import Project


@pytest.fixture
def studio(rich_project: Project, tmp_path: Path) -> Path:
    path = tmp_path / "project" / "show.studio"
    path.parent.mkdir()
    save_project(SavedProject(rich_project), path)
    return path


def opened(path: Path) -> tuple[Project, ProjectFiles]:
    saved = load_project(path)
    return saved.project, saved.files


def test_nothing_is_missing_while_all_is_there(studio: Path) -> None:
    project, files = opened(studio)
    assert missing_in(project, files.marks) == []


def test_moved_and_renamed_files_are_found_by_what_is_in_them(
    studio: Path, material: Path, tmp_path: Path, rich_project: Project
) -> None:
    before = contents_of(file_slots(rich_project))
    archive = tmp_path / "archive" / "2026" / "Ö"
    archive.mkdir(parents=True)
    for at, path in enumerate(sorted(material.rglob("*.*"))):
        if path.parent.name != "shots":
            shutil.move(path, archive / f"{at:02}{path.suffix}")
    shutil.move(material / "shots", archive / "other name")
    project, files = opened(studio)

    missing = missing_in(project, files.marks)
    found = search(missing, [tmp_path / "archive"])

    assert len(missing) == 9
    assert {each.match for each in found.values()} == {Match.SAME}
    references = {path: FileReference(str(each.path), each.sha256) for path, each in found.items()}
    RelinkFiles.of(project, references).do(project)
    assert missing_in(project, files.marks) == []
    assert contents_of(file_slots(project)) == before


def test_the_same_name_with_other_contents_is_said(
    studio: Path, material: Path, tmp_path: Path
) -> None:
    shutil.move(material, tmp_path / "moved")
    film = tmp_path / "moved" / "films" / "me.mp4"
    film.write_bytes(b"another film")
    avatar = tmp_path / "moved" / "avatars" / "ada.avatar"
    avatar.write_bytes(b"another avatar")
    project, files = opened(studio)

    found = search(missing_in(project, files.marks), [tmp_path / "moved"])

    assert found[str(material / "films" / "me.mp4")] == FoundFile(film, Match.OTHER)
    assert found[str(material / "avatars" / "ada.avatar")].match is Match.OTHER
    assert found[str(material / "hair" / "bob.hair")].match is Match.SAME


def test_the_right_file_wins_over_a_namesake(studio: Path, material: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "a").mkdir(parents=True)
    (there / "z").mkdir()
    (there / "a" / "me.mp4").write_bytes(b"another film")
    shutil.copy(material / "films" / "me.mp4", there / "z" / "renamed.mp4")
    (there / "z" / "me.mp4").write_bytes(b"a third film")
    (material / "films" / "me.mp4").unlink()
    project, files = opened(studio)

    found = search(missing_in(project, files.marks), [there])

    assert found == {
        str(material / "films" / "me.mp4"): FoundFile(there / "z" / "renamed.mp4", Match.SAME)
    }


def test_without_a_mark_the_name_must_do(tmp_path: Path) -> None:
    (tmp_path / "Me.MP4").write_bytes(b"film")
    (tmp_path / "b.mp4").write_bytes(b"film")
    missing = MissingFile("/gone/me.mp4", FileRole.CLIP)
    assert search([missing], [tmp_path]) == {
        "/gone/me.mp4": FoundFile(tmp_path / "Me.MP4", Match.NAMESAKE)
    }


def test_how_accents_are_composed_does_not_count(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "Füße.mp4")).write_bytes(b"film")
    name = unicodedata.normalize("NFC", "/gone/Füße.mp4")
    assert search([MissingFile(name, FileRole.CLIP)], [tmp_path])[name].match is Match.NAMESAKE


def test_an_avatar_that_changed_is_missing_and_found_elsewhere(
    studio: Path, material: Path, tmp_path: Path
) -> None:
    avatar = material / "avatars" / "ada.avatar"
    shutil.copy(avatar, tmp_path / "backup.avatar")
    avatar.write_bytes(b"trained further")
    project, files = opened(studio)
    (missing,) = missing_in(project, files.marks)
    assert missing.is_changed
    found = search([missing], [tmp_path])
    assert found[str(avatar)].path == tmp_path / "backup.avatar"


def test_a_film_that_changed_is_not_missing(studio: Path, material: Path) -> None:
    (material / "films" / "me.mp4").write_bytes(b"rendered again")
    project, files = opened(studio)
    assert missing_in(project, files.marks) == []


def test_marks_of_missing_files_survive_saving(
    studio: Path, material: Path, tmp_path: Path
) -> None:
    film = material / "films" / "Füße.mp4"
    mark = mark_of(film)
    shutil.move(film, tmp_path / "x.mp4")
    save_project(load_project(studio), studio)
    save_project(load_project(studio), studio)
    project, files = opened(studio)
    assert files.marks[str(film)] == mark
    assert search(missing_in(project, files.marks), [tmp_path])[str(film)].match is Match.SAME


def test_finds_are_absolute_wherever_the_search_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "me.mp4").write_bytes(b"film")
    monkeypatch.chdir(tmp_path)
    found = search([MissingFile("/gone/me.mp4", FileRole.CLIP)], [Path("a")])
    assert found["/gone/me.mp4"].path == tmp_path / "a" / "me.mp4"


def test_links_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.mp4").symlink_to(tmp_path / "nowhere.mp4")
    mark = FileMark(4, "ab" * 32)
    missing = [
        MissingFile("/gone/x.mp4", FileRole.CLIP, mark),
        MissingFile("/gone/link.mp4", FileRole.CLIP, mark),
    ]
    found = search(missing, [tmp_path])
    assert {each.match for each in found.values()} <= {Match.OTHER}


def test_a_search_can_be_stopped_and_is_bounded(tmp_path: Path) -> None:
    for at in range(30):
        (tmp_path / f"{at:02}.mp4").write_bytes(b"x")
    missing = [MissingFile("/gone/29.mp4", FileRole.CLIP)]

    def stop(_fraction: float, _text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        search(missing, [tmp_path], stop)
    assert search(missing, [tmp_path])
    assert search(missing, [tmp_path], most_files=10) == {}


def test_a_file_is_asked_once_for_its_size_however_many_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(5):
        (tmp_path / f"{at}.png").write_bytes(bytes(at))
    missing = [
        MissingFile(f"/gone/{at}.mp4", FileRole.CLIP, FileMark(1000 + at, "0" * 64))
        for at in range(40)
    ]
    stat, asked = Path.stat, []

    def counted(self: Path, **options: bool) -> os.stat_result:
        asked.append(self.name)
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", counted)
    assert search(missing, [tmp_path]) == {}
    assert sorted(asked) == [f"{at}.png" for at in range(5)]


def test_what_was_pointed_at_is_judged(tmp_path: Path, studio: Path, material: Path) -> None:
    film = material / "films" / "me.mp4"
    shutil.move(film, tmp_path / "b.mp4")
    project, files = opened(studio)
    (missing,) = missing_in(project, files.marks)
    assert judged(missing, tmp_path / "b.mp4").match is Match.SAME
    assert judged(missing, material / "pictures" / "sky.jpg").match is Match.OTHER
    assert judged(replace(missing, mark=None), tmp_path / "b.mp4").match is Match.NAMESAKE


class TestMarks:
    def test_small_files_are_known_by_every_byte(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(bytes(5000))
        before = mark_of(path)
        path.write_bytes(bytes(2500) + b"x" + bytes(2499))
        os.utime(path, (0, 0))
        assert mark_of(path) != before
        assert mark_of(path).size == 5000

    @pytest.mark.parametrize("place", [10, 5_000_000, 9_999_990])
    def test_of_films_three_pieces_are_read(self, tmp_path: Path, place: int) -> None:
        path = tmp_path / "a.mp4"
        data = bytearray(10_000_000)
        path.write_bytes(data)
        before = mark_of(path)
        data[place] = 1
        path.write_bytes(data)
        os.utime(path, (0, 0))
        assert mark_of(path) != before

    def test_a_film_cut_shorter_is_another(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(bytes(10_000_000))
        before = mark_of(path)
        path.write_bytes(bytes(9_999_999))
        assert mark_of(path).sha256 == before.sha256  # all zeros
        assert mark_of(path) != before

    def test_a_folder_is_known_by_names_and_sizes(self, tmp_path: Path) -> None:
        (tmp_path / "1.png").write_bytes(b"one")
        before = mark_of(tmp_path)
        (tmp_path / "2.png").write_bytes(b"two")
        assert mark_of(tmp_path) != before
        assert mark_of(tmp_path).size == 6


def test_a_file_that_was_added_since_opening_is_known_again_after_two_saves(tmp_path: Path) -> None:
    film = tmp_path / "films" / "new.mp4"
    film.parent.mkdir()
    film.write_bytes(b"a new film")
    session = Session()
    session.push(AddClip.of(session.project, Clip(str(film), "", 64, 64, 30.0)))
    session.save(tmp_path / "show.studio")
    film.rename(tmp_path / "moved.mp4")
    session.save()
    for project, files in ((session.project, session.files), opened(tmp_path / "show.studio")):
        found = search(missing_in(project, files.marks), [tmp_path])
        assert found[str(film)].match is Match.SAME
