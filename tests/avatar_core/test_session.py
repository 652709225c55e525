from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatar_core.commands import (
    AddClip,
    AddDriver,
    AddTake,
    Command,
    EditHair,
    History,
    MixerOption,
    PosePart,
    RenameProject,
    RenameTake,
    ResetExpression,
    SetBackground,
    SetBackgroundImage,
    SetBlendshape,
    SetDriverProfile,
    SetHeadPose,
    SetMixerGroup,
    SetMixerOption,
    SetPainting,
    SetPortrait,
    SetSource,
)
from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.canvas import HairCanvas
from avatar_core.heads import BlendshapeHead
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.io.hair_file import load_hair, save_hair
from avatar_core.io.portrait_file import save_portrait
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.motion import ARKIT_UNITS, ChannelGroup, DriverProfile, GroupSettings
from avatar_core.project import (
    DEMO_AVATAR,
    Change,
    Clip,
    CropBox,
    Part,
    Portrait,
    Project,
    digest,
    hair_of,
)
from avatar_core.session import Session
from tests.avatar_core.commands.paint_examples import some_painting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset


@pytest.fixture
def demo(small_avatar: AvatarAsset) -> AvatarAsset:
    return replace(small_avatar, name="Demo")


@pytest.fixture
def session(small_avatar: AvatarAsset, demo: AvatarAsset) -> Session:
    """A session with a demo avatar that takes no time to load."""

    def read(path: Path) -> AvatarAsset:
        if path.read_bytes() == b"damaged":
            raise AssetError(f"{path.name} is damaged.")
        return demo if path.name == "rosa.avatar" else small_avatar

    return Session(AvatarShelf(read))


@pytest.fixture
def bob(tmp_path: Path, small_avatar: AvatarAsset) -> Path:
    """A hairstyle of two Gaussians that fits the demo avatar of these tests."""
    few = small_avatar.hair.subset(slice(2))
    few = replace(few, flags=np.zeros(2, np.uint8))
    path = tmp_path / "bob.hair"
    save_hair(hair_of(replace(small_avatar, hair=few), "Bob"), path)
    return path


@pytest.fixture
def told(session: Session) -> list[Change | str]:
    """What listeners hear, in order."""
    heard: list[Change | str] = []
    session.changed.connect(heard.append)
    session.replaced.connect(lambda _: heard.append("replaced"))
    session.warned.connect(lambda error: heard.append(error.message))
    return heard


def open_jaw(session: Session, value: float = 0.5) -> None:
    session.push(SetBlendshape.of(session.project, "jawOpen", value))


class TestEditing:
    def test_begins_with_an_empty_clean_project(self, session: Session) -> None:
        assert digest(session.project) == digest(Project())
        assert session.path is None
        assert session.title == "Untitled"
        assert not session.dirty

    def test_edits_are_told_and_undoable(self, session: Session, told: list[Change | str]) -> None:
        open_jaw(session)
        assert session.dirty
        session.undo()
        assert not session.dirty
        session.redo()
        session.jump(0)
        assert told == [Change.of(Part.EXPRESSION)] * 4

    def test_a_gesture_is_one_step(self, session: Session) -> None:
        session.begin_gesture("Drag")
        open_jaw(session, 0.25)
        open_jaw(session, 0.5)
        session.end_gesture()
        with session.gesture("Rename"):
            session.push(RenameProject.of(session.project, "Show"))
        session.begin_gesture()
        open_jaw(session, 0.75)
        session.cancel_gesture()
        assert [step.label for step in session.history.steps] == ["Drag", "Rename"]
        assert session.project.expression.weight("jawOpen") == 0.5


class TestFiles:
    def test_saved_and_opened_it_is_all_there(
        self, session: Session, some_take: Take, tmp_path: Path
    ) -> None:
        session.push(AddTake.of(session.project, some_take))
        open_jaw(session)
        session.view_state["camera"] = {"distance_m": 0.6}
        before = digest(session.project)
        assert session.save(tmp_path / "show.studio") == tmp_path / "show.studio"
        session.new()
        assert session.view_state == {}
        session.open(tmp_path / "show.studio")
        assert digest(session.project) == before
        assert session.view_state == {"camera": {"distance_m": 0.6}}
        assert session.path == tmp_path / "show.studio"
        assert session.title == "show"
        assert not session.dirty
        assert not session.history.can_undo

    def test_saving_makes_clean_and_says_so(
        self, session: Session, told: list[Change | str], tmp_path: Path
    ) -> None:
        open_jaw(session)
        session.save(tmp_path / "a.studio")
        assert not session.dirty
        assert told[-1] == Change.of()
        session.undo()
        assert session.dirty
        session.redo()
        assert not session.dirty

    def test_save_again_needs_no_path_and_save_as_moves_on(
        self, session: Session, tmp_path: Path
    ) -> None:
        session.save(tmp_path / "a.studio")
        open_jaw(session)
        assert session.save() == tmp_path / "a.studio"
        open_jaw(session, 1.0)
        session.save(tmp_path / "b.studio")
        assert session.path == tmp_path / "b.studio"
        session.open(tmp_path / "a.studio")
        assert session.project.expression.weight("jawOpen") == 0.5

    def test_without_a_path_there_is_nothing_to_save_to(self, session: Session) -> None:
        with pytest.raises(ValueError, match="no file yet"):
            session.save()

    def test_saving_in_the_middle_of_a_drag_saves_what_is_seen(
        self, session: Session, tmp_path: Path
    ) -> None:
        session.begin_gesture()
        open_jaw(session)
        session.save(tmp_path / "a.studio")
        assert not session.dirty
        assert len(session.history.steps) == 1

    def test_a_save_that_fails_changes_nothing(self, session: Session, tmp_path: Path) -> None:
        session.save(tmp_path / "a.studio")
        open_jaw(session)
        with pytest.raises(AssetError, match="does not exist"):
            session.save(tmp_path / "gone" / "b.studio")
        assert session.path == tmp_path / "a.studio"
        assert session.dirty
        assert session.history.can_undo

    def test_a_save_may_be_written_elsewhere_while_editing_goes_on(
        self, session: Session, tmp_path: Path
    ) -> None:
        open_jaw(session)
        session.view_state["camera"] = {"distance_m": 0.5}
        saving = session.begin_save(tmp_path / "a.studio")
        before = digest(session.project)
        open_jaw(session, 0.75)
        session.view_state["camera"]["distance_m"] = 0.25
        thread = threading.Thread(target=saving.write)
        thread.start()
        thread.join()
        assert session.path is None
        session.finish_save(saving)
        assert session.path == tmp_path / "a.studio"
        assert session.dirty
        session.undo()
        assert not session.dirty
        other = Session()
        other.open(tmp_path / "a.studio")
        assert digest(other.project) == before
        assert other.view_state == {"camera": {"distance_m": 0.5}}

    @pytest.mark.parametrize("undone", [0, 1])
    def test_what_was_saved_is_out_of_reach_once_its_step_is_gone(
        self, undone: int, session: Session, tmp_path: Path
    ) -> None:
        open_jaw(session, 0.25)
        open_jaw(session, 0.5)
        saving = session.begin_save(tmp_path / "a.studio")
        for _ in range(undone):
            session.undo()
        open_jaw(session, 0.75)
        saving.write()
        session.finish_save(saving)
        assert session.dirty
        session.undo()
        assert session.dirty is bool(undone)

    def test_a_kept_history_can_be_undone_after_opening(
        self, session: Session, tmp_path: Path
    ) -> None:
        session.kept_history_bytes = 1 << 20
        open_jaw(session, 0.25)
        before = digest(session.project)
        with session.gesture("Drag"):
            open_jaw(session, 0.5)
        open_jaw(session, 0.75)
        session.undo()
        session.save(tmp_path / "a.studio")
        other = Session()
        other.open(tmp_path / "a.studio")
        assert not other.dirty
        assert [step.label for step in other.history.steps][1] == "Drag"
        other.redo()
        assert other.project.expression.weight("jawOpen") == 0.75
        other.undo()
        assert not other.dirty
        other.undo()
        assert digest(other.project) == before
        assert other.dirty

    def test_a_damaged_history_costs_nothing_but_itself(
        self, session: Session, tmp_path: Path
    ) -> None:
        open_jaw(session)
        saved = SavedProject(session.project, history=b"AVHS and nothing that makes sense")
        save_project(saved, tmp_path / "a.studio")
        before = digest(session.project)
        session.open(tmp_path / "a.studio")
        assert digest(session.project) == before
        assert not session.history.can_undo
        assert "undo begins anew" in str(session.warnings[0])

    def test_an_open_that_fails_keeps_the_present_project(
        self, session: Session, told: list[Change | str], tmp_path: Path
    ) -> None:
        open_jaw(session)
        before, project = digest(session.project), session.project
        (tmp_path / "bad.studio").write_bytes(b"no project")
        with pytest.raises(ProjectFormatError):
            session.open(tmp_path / "bad.studio")
        with pytest.raises(AssetError):
            session.open(tmp_path / "gone.studio")
        assert session.project is project
        assert digest(session.project) == before
        assert session.dirty
        assert "replaced" not in told

    def test_new_and_open_tell_that_everything_was_replaced(
        self, session: Session, told: list[Change | str], tmp_path: Path
    ) -> None:
        session.save(tmp_path / "a.studio")
        told.clear()
        session.new()
        session.open(tmp_path / "a.studio")
        assert told == ["replaced", "replaced"]
        open_jaw(session)
        assert told[2:] == [Change.of(Part.EXPRESSION)]

    def test_a_copy_forgets_where_it_came_from(self, session: Session, tmp_path: Path) -> None:
        session.push(RenameProject.of(session.project, "Demo"))
        session.save(tmp_path / "demo.studio")
        session.open(tmp_path / "demo.studio", as_copy=True)
        assert session.path is None
        assert session.title == "Demo"
        assert not session.dirty


class TestAvatar:
    @pytest.fixture
    def file(self, tmp_path: Path, small_avatar: AvatarAsset) -> Path:
        path = tmp_path / "ada.avatar"
        save_avatar(small_avatar, path)
        return path

    def test_a_new_project_has_the_demo_avatar(self, session: Session, demo: AvatarAsset) -> None:
        assert session.avatar is demo

    def test_using_another_avatar_is_one_undoable_step(
        self, session: Session, file: Path, small_avatar: AvatarAsset, demo: AvatarAsset
    ) -> None:
        session.use_avatar(str(file))
        assert session.avatar is small_avatar
        assert session.project.avatar == str(file)
        assert len(session.project.avatar_sha256) == 64
        session.undo()
        assert session.avatar is demo
        session.redo()
        session.use_avatar(DEMO_AVATAR)
        assert session.avatar is demo

    def test_an_avatar_that_cannot_be_loaded_changes_nothing(
        self, session: Session, file: Path
    ) -> None:
        file.write_bytes(b"damaged")
        for path in (file, file.with_name("gone.avatar")):
            with pytest.raises(AssetError):
                session.use_avatar(str(path))
        assert session.project.avatar == DEMO_AVATAR
        assert not session.dirty

    def test_one_that_was_moved_is_replaced_by_the_demo_with_a_warning(
        self,
        session: Session,
        file: Path,
        demo: AvatarAsset,
        told: list[Change | str],
        tmp_path: Path,
    ) -> None:
        session.use_avatar(str(file))
        session.save(tmp_path / "a.studio")
        file.rename(tmp_path / "other.avatar")
        told.clear()
        session.open(tmp_path / "a.studio")
        message = f"The avatar ada.avatar was not found in {tmp_path}."
        assert told == ["replaced", message]
        assert session.avatar is demo
        assert session.avatar is demo
        assert [each.message for each in session.warnings] == [message]
        assert session.project.avatar == str(file)
        assert not session.dirty

    def test_it_is_back_when_its_file_is(
        self, session: Session, file: Path, small_avatar: AvatarAsset, tmp_path: Path
    ) -> None:
        session.use_avatar(str(file))
        session.save(tmp_path / "a.studio")
        file.rename(tmp_path / "other.avatar")
        session.open(tmp_path / "a.studio")
        (tmp_path / "other.avatar").rename(file)
        assert session.avatar is small_avatar
        session.open(tmp_path / "a.studio")
        assert session.warnings == ()

    def test_one_that_changed_is_used_with_a_warning(
        self, session: Session, file: Path, small_avatar: AvatarAsset, tmp_path: Path
    ) -> None:
        session.use_avatar(str(file))
        session.save(tmp_path / "a.studio")
        file.write_bytes(b"another avatar")
        session.open(tmp_path / "a.studio")
        assert [each.message for each in session.warnings] == [
            "The avatar ada.avatar has changed since this project was saved."
        ]
        assert session.avatar is small_avatar

    def test_one_that_cannot_be_read_any_more_is_replaced_with_a_warning(
        self, session: Session, file: Path, demo: AvatarAsset, told: list[Change | str]
    ) -> None:
        session.use_avatar(str(file))
        told.clear()
        file.write_bytes(b"damaged")
        assert session.avatar is demo
        assert session.avatar is demo
        assert told == ["ada.avatar is damaged."]

    def test_project_and_avatar_move_together(self, session: Session, tmp_path: Path) -> None:
        here, there = tmp_path / "here", tmp_path / "there"
        (here / "avatars").mkdir(parents=True)
        (here / "avatars" / "ada.avatar").write_bytes(b"an avatar")
        session.use_avatar(str(here / "avatars" / "ada.avatar"))
        session.save(here / "a.studio")
        here.rename(there)
        session.open(there / "a.studio")
        assert session.warnings == ()
        assert session.project.avatar == str(there / "avatars" / "ada.avatar")

    def test_an_installation_without_the_demo_says_so(self, tmp_path: Path) -> None:
        def read(path: Path) -> AvatarAsset:
            raise AssetError("The studio is incomplete.")

        with pytest.raises(AssetError, match="incomplete"):
            _ = Session(AvatarShelf(read)).avatar


class TestHair:
    @pytest.fixture
    def stranger(self, tmp_path: Path, small_avatar: AvatarAsset) -> Path:
        """An avatar whose head is of another kind."""
        assert isinstance(small_avatar.head, BlendshapeHead)
        arrays = small_avatar.head.arrays()
        arrays["scalp_vertex_ids"] = arrays["scalp_vertex_ids"][:-1]
        path = tmp_path / "cyd.avatar"
        head = BlendshapeHead.from_arrays(arrays)
        save_avatar(replace(small_avatar, name="Cyd", head=head), path)
        return path

    @pytest.fixture
    def session(self) -> Session:
        return Session()

    def ada(self, tmp_path: Path, small_avatar: AvatarAsset) -> str:
        path = tmp_path / "ada.avatar"
        save_avatar(small_avatar, path)
        return str(path)

    @pytest.fixture
    def dressed(
        self, session: Session, tmp_path: Path, small_avatar: AvatarAsset, bob: Path
    ) -> Session:
        """A session whose avatar wears the hairstyle."""
        session.use_avatar(self.ada(tmp_path, small_avatar))
        session.use_hair(str(bob))
        return session

    def test_a_hairstyle_is_put_on_undoably(self, dressed: Session, bob: Path) -> None:
        assert len(dressed.avatar.hair) == 2
        assert dressed.avatar is dressed.avatar
        assert dressed.project.hair == str(bob)
        assert len(dressed.project.hair_sha256) == 64
        assert dressed.history.steps[-1].label == "Choose hairstyle"
        dressed.undo()
        assert len(dressed.avatar.hair) == 20
        dressed.redo()
        dressed.use_hair("")
        assert len(dressed.avatar.hair) == 20
        assert dressed.project.hair_sha256 == ""

    def test_views_of_the_avatar_hear_of_it(
        self, dressed: Session, bob: Path, told: list[Change | str]
    ) -> None:
        dressed.use_hair("")
        assert told == [Change.of(Part.AVATAR)]

    def test_one_that_cannot_be_worn_changes_nothing(
        self, session: Session, stranger: Path, bob: Path
    ) -> None:
        session.use_avatar(str(stranger))
        steps = len(session.history.steps)
        with pytest.raises(AssetError, match="another kind of head"):
            session.use_hair(str(bob))
        with pytest.raises(AssetError, match="not found"):
            session.use_hair(str(bob.with_name("gone.hair")))
        bob.write_bytes(b"damaged")
        with pytest.raises(AssetError, match=r"bob\.hair"):
            session.use_hair(str(bob))
        assert len(session.history.steps) == steps
        assert session.project.hair == ""

    def test_it_is_kept_in_the_project(self, dressed: Session, tmp_path: Path) -> None:
        dressed.save(tmp_path / "a.studio")
        dressed.new()
        assert dressed.project.hair == ""
        dressed.open(tmp_path / "a.studio")
        assert len(dressed.avatar.hair) == 2
        assert dressed.warnings == ()

    def test_while_its_file_is_gone_the_avatar_wears_its_own_hair(
        self, dressed: Session, bob: Path, tmp_path: Path, told: list[Change | str]
    ) -> None:
        dressed.save(tmp_path / "a.studio")
        bob.rename(tmp_path / "other.hair")
        told.clear()
        dressed.open(tmp_path / "a.studio")
        assert len(dressed.avatar.hair) == 20
        assert told == ["replaced", f"The hairstyle bob.hair was not found in {tmp_path}."]
        assert dressed.project.hair == str(bob)
        (tmp_path / "other.hair").rename(bob)
        assert len(dressed.avatar.hair) == 2

    def test_one_that_changed_is_worn_with_a_warning(
        self, dressed: Session, bob: Path, tmp_path: Path
    ) -> None:
        dressed.save(tmp_path / "a.studio")
        save_hair(replace(load_hair(bob), name="Longer"), bob)
        dressed.open(tmp_path / "a.studio")
        assert [each.message for each in dressed.warnings] == [
            "The hairstyle bob.hair has changed since this project was saved."
        ]
        assert len(dressed.avatar.hair) == 2

    def test_another_avatar_keeps_it_if_it_fits(
        self, dressed: Session, small_avatar: AvatarAsset, bob: Path, tmp_path: Path
    ) -> None:
        save_avatar(replace(small_avatar, name="Bea"), tmp_path / "bea.avatar")
        dressed.use_avatar(str(tmp_path / "bea.avatar"))
        assert (dressed.avatar.name, len(dressed.avatar.hair)) == ("Bea", 2)

    def test_another_kind_of_head_goes_back_to_its_own_in_the_same_step(
        self, dressed: Session, stranger: Path, bob: Path, told: list[Change | str]
    ) -> None:
        dressed.use_avatar(str(stranger))
        assert dressed.project.hair == ""
        assert dressed.avatar.name == "Cyd"
        assert told[-1] == (
            "The hairstyle 'Bob' was made for another kind of head than that of 'Cyd'."
        )
        assert dressed.warnings == ()
        assert dressed.history.steps[-1].label == "Choose avatar"
        dressed.undo()
        assert (dressed.avatar.name, len(dressed.avatar.hair)) == ("Ada", 2)

    def test_another_avatar_leaves_the_choice_while_the_file_is_gone(
        self, dressed: Session, stranger: Path, bob: Path
    ) -> None:
        bob.unlink()
        dressed.use_avatar(str(stranger))
        assert dressed.project.hair == str(bob)
        assert [each.message for each in dressed.warnings] == []
        assert len(dressed.avatar.hair) == 20
        assert dressed.warnings

    def test_what_stands_in_for_a_missing_avatar_wears_its_own_hair(
        self, dressed: Session, tmp_path: Path
    ) -> None:
        (tmp_path / "ada.avatar").unlink()
        assert len(dressed.avatar.hair) > 1000
        assert len(dressed.warnings) == 1


class TestPortraits:
    @pytest.fixture
    def ann(self, tmp_path: Path) -> Path:
        picture = np.full((80, 120, 3), 90, np.uint8)
        path = tmp_path / "ann.portrait"
        save_portrait(Portrait("Ann", "", picture, CropBox(20, 10, 60)), path)
        return path

    def test_one_is_used_under_its_name_and_read_once(self, session: Session, ann: Path) -> None:
        first, second = session.use_portrait(str(ann)), session.use_portrait(str(ann))
        assert [each.name for each in session.project.portraits.values()] == ["Ann", "Ann"]
        assert len(session.project.portraits[first].sha256) == 64
        assert session.portrait(first) is session.portrait(second)
        session.undo()
        assert list(session.project.portraits) == [first]

    def test_the_crop_of_the_project_counts(self, session: Session, ann: Path) -> None:
        portrait_id = session.use_portrait(str(ann))
        session.push(SetPortrait.cropped(session.project, portrait_id, CropBox(0, 0, 40)))
        portrait = session.portrait(portrait_id)
        assert portrait is not None
        assert portrait.box == (0, 0, 40)

    def test_a_damaged_one_changes_nothing(self, session: Session, ann: Path) -> None:
        ann.write_bytes(b"damaged")
        before = digest(session.project)
        with pytest.raises(AssetError):
            session.use_portrait(str(ann))
        assert digest(session.project) == before
        assert not session.dirty

    @pytest.mark.parametrize("says", ["was not found", "has changed"])
    def test_one_that_moved_or_changed_is_warned_of_and_kept(
        self, says: str, session: Session, ann: Path, tmp_path: Path
    ) -> None:
        portrait_id = session.use_portrait(str(ann))
        session.save(tmp_path / "show.studio")
        if says == "has changed":
            ann.write_bytes(b"damaged")
        else:
            ann.rename(tmp_path / "other.portrait")
        session.open(tmp_path / "show.studio")
        assert [says in each.message for each in session.warnings] == [True]
        assert session.portrait(portrait_id) is None
        assert list(session.project.portraits) == [portrait_id]


def test_films_and_driving_files_that_are_gone_are_warned_of(
    session: Session, tmp_path: Path
) -> None:
    clip = Clip(str(tmp_path / "clips" / "gone.mp4"), "", 64, 64, 30.0)
    (tmp_path / "there.mp4").touch()
    session.push(AddClip.of(session.project, clip))
    session.push(AddClip.of(session.project, replace(clip, path=str(tmp_path / "there.mp4"))))
    session.push(SetSource.of(session.project, f"file:{tmp_path / 'face.mp4'}?fps=25"))
    for driver in ("sound:gone.wav", "sequence:gone?fps=25", "file:there.mp4?fps=25", "sequence:"):
        scheme, _, name = driver.partition(":")
        session.push(AddDriver.of(session.project, f"{scheme}:{tmp_path / name}"))
    session.push(AddDriver.of(session.project, "mic:Blue"))
    session.push(SetBackgroundImage.of(session.project, str(tmp_path / "sky.jpg")))
    session.save(tmp_path / "a.studio")
    session.open(tmp_path / "a.studio")
    assert [each.message.split(",")[0] for each in session.warnings] == [
        "The project uses face.mp4",
        "The project uses gone.wav",
        "The project uses gone",
        "The project uses gone.mp4",
        "The project uses sky.jpg",
    ]
    session.new()
    assert session.warnings == ()


NUMBERS = st.floats(allow_nan=False)
UNITS = st.sampled_from(ARKIT_UNITS)
NAMES = st.text(max_size=300)


def edits() -> st.SearchStrategy[Callable[[Project], Command]]:
    """Edits as a script might make them: any number, any text."""
    return st.one_of(
        st.builds(lambda u, x: lambda p: SetBlendshape.of(p, u, x), UNITS, NUMBERS),
        st.builds(
            lambda g, a, b, c: lambda p: SetMixerGroup.of(p, g, GroupSettings(a, b, True, c)),
            st.sampled_from(ChannelGroup), NUMBERS, NUMBERS, NUMBERS,
        ),
        st.builds(lambda x: lambda p: SetMixerOption.of(p, MixerOption.RELATIVE, x), NUMBERS),
        st.builds(
            lambda a, b, c: lambda p: SetBackground.of(p, (a, b, c)), NUMBERS, NUMBERS, NUMBERS
        ),
        st.builds(lambda n: lambda p: RenameProject.of(p, n), NAMES),
        st.builds(lambda n: lambda p: RenameTake.of(p, next(iter(p.takes)), n), NAMES),
        st.builds(
            lambda part, x: lambda p: SetHeadPose.of(p, part, [x] * part.size),
            st.sampled_from(PosePart), st.floats(width=32, allow_nan=False, allow_infinity=False),
        ),
        st.just(
            lambda p: SetDriverProfile.of(
                p, "camera:0", DriverProfile(p.expression.motion())
            )
        ),
        st.just(ResetExpression.of),
    )  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(commands=st.lists(edits(), max_size=12))
def test_whatever_can_be_edited_can_be_saved_and_opened(
    commands: list[Callable[[Project], Command]],
    full_project: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = full_project.copy()
    history = History(project)
    for make in commands:
        history.push(make(project))
    path = tmp_path_factory.mktemp("edited") / "a.studio"
    save_project(SavedProject(project), path)
    assert digest(load_project(path).project) == digest(project)
    history.jump(0)
    assert digest(project) == digest(full_project)


class TestHairEdits:
    @pytest.fixture
    def combed(self, session: Session) -> Session:
        """A session whose avatar's own hair was combed."""
        comb(session)
        return session

    def test_edited_hair_follows_every_edit_and_is_made_once(self, combed: Session) -> None:
        base, hair = combed.avatar.hair, combed.edited_hair
        assert hair.base is base
        assert combed.edited_hair is hair
        moved = hair.cloud.means - base.means
        np.testing.assert_allclose(moved[:2], 0.01, atol=1e-6)
        assert not moved[2:].any()
        comb(combed)
        again = combed.edited_hair
        np.testing.assert_allclose((again.cloud.means - base.means)[:2], 0.02, atol=1e-6)
        combed.undo()
        np.testing.assert_array_equal(combed.edited_hair.cloud.means, hair.cloud.means)
        combed.undo()
        assert combed.edited_hair.is_plain
        combed.new()
        assert combed.edited_hair.is_plain

    def test_other_hair_clears_the_edits_in_the_same_step(
        self, combed: Session, bob: Path, told: list[Change | str]
    ) -> None:
        before = digest(combed.project)
        combed.use_hair(str(bob))
        assert combed.project.hair_edits.is_empty
        assert len(combed.edited_hair.cloud) == 2
        assert "hair edits were cleared" in str(told[-1])
        assert [step.label for step in combed.history.steps] == ["Comb", "Choose hairstyle"]
        after = digest(combed.project)
        combed.undo()
        assert digest(combed.project) == before
        assert not combed.edited_hair.is_plain
        combed.redo()
        assert digest(combed.project) == after

    def test_so_does_another_avatar_in_its_own_hair(
        self, combed: Session, small_avatar: AvatarAsset, tmp_path: Path
    ) -> None:
        save_avatar(small_avatar, tmp_path / "ada.avatar")
        before = digest(combed.project)
        combed.use_avatar(str(tmp_path / "ada.avatar"))
        assert combed.project.hair_edits.is_empty
        assert [step.label for step in combed.history.steps] == ["Comb", "Choose avatar"]
        combed.undo()
        assert digest(combed.project) == before

    def test_a_hairstyle_keeps_its_edits_on_another_head(
        self, session: Session, bob: Path, small_avatar: AvatarAsset, tmp_path: Path
    ) -> None:
        session.use_hair(str(bob))
        comb(session)
        edits = session.project.hair_edits
        save_avatar(small_avatar, tmp_path / "ada.avatar")
        session.use_avatar(str(tmp_path / "ada.avatar"))
        assert session.project.hair_edits is edits
        assert not session.edited_hair.is_plain
        session.use_hair("")
        assert session.project.hair_edits.is_empty

    def test_edited_hair_can_be_kept_as_a_hairstyle(self, combed: Session, tmp_path: Path) -> None:
        expected = combed.edited_hair.cloud.means[combed.edited_hair.cloud.flags & DELETED == 0]
        save_hair(hair_of(combed.groomed_avatar, "Combed"), tmp_path / "combed.hair")
        combed.use_hair(str(tmp_path / "combed.hair"))
        np.testing.assert_allclose(combed.avatar.hair.means, expected, atol=1e-4)
        assert combed.project.hair_edits.is_empty

    def test_the_same_choice_again_keeps_them(self, combed: Session) -> None:
        combed.use_avatar(combed.project.avatar)
        combed.use_hair("")
        assert not combed.project.hair_edits.is_empty

    def test_what_stands_in_for_a_missing_avatar_is_not_edited(
        self, session: Session, small_avatar: AvatarAsset, tmp_path: Path, told: list[Change | str]
    ) -> None:
        path = tmp_path / "ada.avatar"
        save_avatar(small_avatar, path)
        session.use_avatar(str(path))
        comb(session)
        session.save(tmp_path / "show.studio")
        path.rename(tmp_path / "gone.avatar")
        session.open(tmp_path / "show.studio")
        assert session.edited_hair.is_plain
        assert any("not shown" in str(each) for each in told)
        assert len([each for each in told if "not shown" in str(each)]) == 1
        assert not session.project.hair_edits.is_empty
        (tmp_path / "gone.avatar").rename(path)
        assert not session.edited_hair.is_plain

    def test_hair_of_another_count_is_not_edited(
        self, combed: Session, told: list[Change | str]
    ) -> None:
        edits = combed.project.hair_edits
        combed.project.hair_edits = replace(edits, base_count=edits.base_count + 1)
        assert combed.edited_hair.is_plain
        assert "not shown" in str(told[-1])
        with pytest.raises(AssetError, match="another hairstyle"):
            comb(combed)


def test_another_avatar_keeps_the_paint_but_not_what_was_baked_into_the_one_before(
    session: Session, small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    session.push(SetPainting.to(session.project, some_painting(), "Paint"))
    layers, before = session.project.painting.layers, digest(session.project)
    session.use_avatar(session.project.avatar)
    assert digest(session.project) == before
    save_avatar(small_avatar, tmp_path / "ada.avatar")
    session.use_avatar(str(tmp_path / "ada.avatar"))
    assert session.project.painting.layers == layers
    assert session.project.painting.baked is None
    assert [step.label for step in session.history.steps] == ["Paint", "Choose avatar"]
    session.undo()
    assert digest(session.project) == before


def comb(session: Session) -> None:
    """Move the first two Gaussians by a centimetre along every axis, as a stroke would."""
    edits = session.project.hair_edits
    canvas = HairCanvas(session.avatar.hair, edits, edits.active)
    rows = np.arange(2, dtype=np.int32)
    canvas.move(rows, canvas.means[rows] + np.float32(0.01))
    session.push(EditHair.between(session.project, canvas.result(), "Comb"))
