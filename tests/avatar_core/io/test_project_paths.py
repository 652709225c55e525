"""Projects in places that are hard on paths."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.packed_projects import pack_project, present_and_absent, unpack_project
from avatar_core.io.project_check import check_project, is_sound
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_files import missing_files
from avatar_core.io.project_lock import LockState, ProjectLock, lock_path
from avatar_core.io.project_rescue import repair_project, repaired_name
from avatar_core.io.relinking import Match, MissingFile, missing_in, search
from avatar_core.project import Clip, Project, Scene
from avatar_core.project.references import FileRole

if TYPE_CHECKING:
    from collections.abc import Callable


def long_folder(tmp_path: Path) -> Path:
    """More than 260 letters, which old Windows programs stumble over."""
    return tmp_path / Path(*[f"a folder of many letters {at:02}" for at in range(12)])


PLACES: dict[str, Callable[[Path], Path]] = {
    "long": long_folder,
    "spaces": lambda tmp_path: tmp_path / " a  b " / "c d",
    "letters": lambda tmp_path: tmp_path / "Größe ✓" / "日本語" / "‏עברית",
    "signs": lambda tmp_path: tmp_path / "50% #1 & 'co'; $HOME ?fps=3 [x]{y}",
    "dots": lambda tmp_path: tmp_path / "..." / ".hidden" / "a.studio",
}


@pytest.mark.parametrize("place", PLACES)
class TestHardPlaces:
    @pytest.fixture
    def studio(self, place: str, tmp_path: Path, packed_cache: Path) -> Path:
        folder = PLACES[place](tmp_path)
        (folder / "films").mkdir(parents=True)
        film, sky = folder / "films" / "a film.mp4", folder / "sky ✓.png"
        film.write_bytes(b"moving pictures")
        sky.write_bytes(b"a blue sky")
        project = Project(
            clips={"c": Clip(str(film), "", 64, 64, 30.0)},
            source=f"file:{film}?fps=25",
            scene=Scene(background_image=str(sky)),
        )
        path = folder / "my show.studio"
        save_project(SavedProject(project), path)
        return path

    def test_it_opens_and_moves(self, studio: Path, tmp_path: Path) -> None:
        assert present_and_absent(load_project(studio).project)[1] == []
        moved = tmp_path / "moved"
        shutil.move(studio.parent, moved)
        project = load_project(moved / studio.name).project
        assert project.clips["c"].path == str(moved / "films" / "a film.mp4")
        assert project.source == f"file:{moved / 'films' / 'a film.mp4'}?fps=25"
        assert present_and_absent(project)[1] == []

    def test_it_is_packed_and_unpacked(self, studio: Path) -> None:
        packed = studio.with_name("packed.studio")
        pack_project(load_project(studio), packed)
        made = unpack_project(packed, studio.parent / "out")
        sky = Path(load_project(made.path).project.scene.background_image)
        assert (sky.name, sky.read_bytes()) == ("sky ✓.png", b"a blue sky")

    def test_it_is_locked_checked_repaired_and_relinked(self, studio: Path) -> None:
        lock = ProjectLock(studio)
        lock.acquire()
        assert lock.state is LockState.OURS
        lock.release()
        assert is_sound(check_project(studio))
        out = repaired_name(studio)
        repair_project(studio, out)
        assert load_project(out).project.clips["c"].path == str(
            studio.parent / "films" / "a film.mp4"
        )
        (studio.parent / "films").rename(studio.parent / "FILMS")
        saved = load_project(studio)
        found = search(missing_in(saved.project, saved.files.marks), [studio.parent])
        assert {each.match for each in found.values()} == {Match.SAME}


def test_the_long_place_is_long(tmp_path: Path) -> None:
    assert len(str(long_folder(tmp_path))) > 260


class TestCase:
    def test_other_case_is_found_beside_the_project(self, tmp_path: Path) -> None:
        film = tmp_path / "Films" / "One.MP4"
        film.parent.mkdir()
        film.write_bytes(b"one")
        path = tmp_path / "a.studio"
        clip = Clip(str(film), "", 64, 64, 30.0)
        save_project(SavedProject(Project(clips={"c": clip})), path)
        film.rename(film.with_name("one.mp4"))
        film.parent.rename(tmp_path / "films")
        saved = load_project(path)
        missing = missing_in(saved.project, saved.files.marks)
        if (tmp_path / "FILMS").exists():
            assert missing == []  # this disk takes both names for one
            return
        found = search(missing, [tmp_path])
        assert found[str(film)].path == tmp_path / "films" / "one.mp4"
        assert found[str(film)].match is Match.SAME

    def test_files_whose_names_differ_in_case_alone_are_packed_apart(
        self, tmp_path: Path, packed_cache: Path
    ) -> None:
        folder = tmp_path / "shots"
        folder.mkdir()
        (folder / "A.png").write_bytes(b"upper")
        (folder / "a.png").write_bytes(b"lower")
        contents = sorted(path.read_bytes() for path in folder.iterdir())
        saved = SavedProject(Project(source=f"sequence:{folder}"))
        pack_project(saved, tmp_path / "a.studio")
        again = Path(load_project(tmp_path / "a.studio").project.source.partition(":")[2])
        assert sorted(path.read_bytes() for path in again.iterdir()) == contents
        names = [path.name.casefold() for path in again.iterdir()]
        assert len(set(names)) == len(contents)


class TestLinks:
    @pytest.fixture
    def studio(self, tmp_path: Path) -> Path:
        folder = tmp_path / "real"
        (folder / "films").mkdir(parents=True)
        film = folder / "films" / "one.mp4"
        film.write_bytes(b"one")
        path = folder / "a.studio"
        save_project(SavedProject(Project(clips={"c": Clip(str(film), "", 64, 64, 30.0)})), path)
        return path

    def test_a_link_to_a_project_finds_the_files_beside_it(
        self, studio: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        link = tmp_path / "desk" / "link.studio"
        link.parent.mkdir()
        link.symlink_to(studio)
        saved = load_project(link)
        assert present_and_absent(saved.project)[1] == []
        assert is_sound(check_project(link))
        saved.project.name = "By the link"
        save_project(saved, link)
        assert link.is_symlink()
        moved = tmp_path / "moved"
        shutil.move(studio.parent, moved)
        again = load_project(moved / "a.studio").project
        assert again.name == "By the link"
        assert present_and_absent(again)[1] == []
        assert lock_path(moved / "a.studio").parent == moved

    def test_a_link_to_its_folder_keeps_the_artists_path(
        self, studio: Path, tmp_path: Path
    ) -> None:
        link = tmp_path / "short way"
        link.symlink_to(studio.parent, target_is_directory=True)
        saved = load_project(link / "a.studio")
        assert saved.project.clips["c"].path == str(link / "films" / "one.mp4")
        save_project(saved, link / "a.studio")
        assert load_project(studio).project.clips["c"].path == str(
            studio.parent / "films" / "one.mp4"
        )

    def test_linked_files_are_packed_as_what_they_are(
        self, studio: Path, tmp_path: Path, packed_cache: Path
    ) -> None:
        link = tmp_path / "linked.mp4"
        link.symlink_to(studio.parent / "films" / "one.mp4")
        project = Project(clips={"c": Clip(str(link), "", 64, 64, 30.0)})
        pack_project(SavedProject(project), tmp_path / "p.studio")
        shutil.rmtree(studio.parent)
        again = Path(load_project(tmp_path / "p.studio").project.clips["c"].path)
        assert (again.read_bytes(), again.is_symlink()) == (b"one", False)


@pytest.mark.parametrize("path", ["C:\\films\\one.mp4", "\\\\server\\share\\films\\one.mp4"])
def test_paths_of_another_system_are_found_by_name(path: str, tmp_path: Path) -> None:
    (tmp_path / "One.mp4").write_bytes(b"one")
    missing = MissingFile(path, FileRole.CLIP)
    assert missing.name == "one.mp4"
    assert search([missing], [tmp_path])[path].match is Match.NAMESAKE


def test_a_name_that_no_disk_takes_is_a_missing_file(tmp_path: Path, packed_cache: Path) -> None:
    film = tmp_path / f"{'x' * 300}.mp4"
    path, out = tmp_path / "a.studio", tmp_path / "packed.studio"
    save_project(SavedProject(Project(source=f"file:{film}")), path)
    saved = load_project(path)
    assert [error.message[:14] for error in missing_files(saved.project)] == ["The project us"]
    assert [each.path for each in missing_in(saved.project, saved.files.marks)] == [str(film)]
    assert is_sound(check_project(path))
    assert pack_project(saved, out).absent == (film,)


def test_a_project_of_a_name_that_no_disk_takes_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 300}.studio"
    for work in (
        lambda: save_project(SavedProject(Project()), path),
        lambda: load_project(path),
        lambda: check_project(path),
        lambda: repair_project(path, tmp_path / "a.studio"),
        lambda: unpack_project(path, tmp_path),
    ):
        with pytest.raises(AssetError):
            work()
    ProjectLock(path).acquire()
    assert list(tmp_path.glob("*.studio")) == []


def test_names_that_are_no_text_survive(tmp_path: Path, packed_cache: Path) -> None:
    name = os.fsdecode(b"film \xff.mp4")
    film = tmp_path / name
    try:
        film.write_bytes(b"one")
    except OSError:
        pytest.skip("this disk takes text alone")
    path = tmp_path / "a.studio"
    save_project(SavedProject(Project(clips={"c": Clip(str(film), "", 64, 64, 30.0)})), path)
    assert load_project(path).project.clips["c"].path == str(film)
    pack_project(load_project(path), tmp_path / "p.studio")
    again = Path(load_project(tmp_path / "p.studio").project.clips["c"].path)
    assert (again.name, again.read_bytes()) == ("film _.mp4", b"one")
