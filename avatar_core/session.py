"""Session: the project, its history and its file; the one object that the window holds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avatar_core.commands import (
    AddPortrait,
    History,
    SetAvatar,
    SetBakedPaint,
    SetClonedSkin,
    SetHair,
    SetHairEdits,
)
from avatar_core.commands.history import DEFAULT_BUDGET_BYTES
from avatar_core.errors import AssetError, AvatarError
from avatar_core.events import Signal
from avatar_core.hair.edited import EditedHair, edited_hair
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS
from avatar_core.io.avatar_shelf import AvatarShelf, PortraitShelf
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_files import missing_files
from avatar_core.io.wardrobe import Wardrobe
from avatar_core.project import DEMO_AVATAR, Change, HairEdits, Project, ProjectPortrait, is_bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.commands import Command
    from avatar_core.io.project_file import ProjectFiles
    from avatar_core.project import AvatarAsset, Portrait
    from avatar_core.project.plain import PlainData


class _Worn(NamedTuple):
    """An avatar in its hairstyle, and whether these are the ones that the project names."""

    asset: AvatarAsset
    is_named: bool


class _Edited(NamedTuple):
    """The latest edited hair, and what it was made of."""

    hair: EditedHair
    edits: HairEdits


class Session:
    """One open project. Used from one thread: the GUI's, or that of a script.

    `changed` says what an edit touched; without parts, only the steps of the history or the clean
    mark moved. `replaced` says that everything may be different: another project was opened.
    `warned` brings what went wrong without keeping the project from opening, and what had to give
    way to an edit.

    Args:
        avatars: where avatars come from.
        budget_bytes: memory of the history.
        wardrobe: where hairstyles come from.
        portraits: where portraits come from.
    """

    def __init__(
        self,
        avatars: AvatarShelf | None = None,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        wardrobe: Wardrobe | None = None,
        portraits: PortraitShelf | None = None,
    ) -> None:
        self.changed: Signal[Change] = Signal()
        self.replaced: Signal[None] = Signal()
        self.warned: Signal[AvatarError] = Signal()
        self.avatars = avatars or AvatarShelf()
        self.wardrobe = wardrobe or Wardrobe()
        self.portraits = portraits or PortraitShelf()
        self.view_state: PlainData = {}
        """Plain data that the window keeps with the project: camera, docks. Not undoable, and no
        reason to save; whoever reads it checks it, since a file can hold anything."""
        self._budget_bytes = budget_bytes
        self._path: Path | None = None
        self._files: ProjectFiles
        self._project: Project
        self._history: History
        self._warnings: list[AvatarError] = []
        self._edited: _Edited | None = None
        self._take_over(SavedProject(Project()), None)

    @property
    def project(self) -> Project:
        """The document. Read it; `push` changes it."""
        return self._project

    @property
    def history(self) -> History:
        return self._history

    @property
    def path(self) -> Path | None:
        """The project's file, or None before the first save."""
        return self._path

    @property
    def files(self) -> ProjectFiles:
        """What is known of the files that the project names, as it was opened."""
        return self._files

    @property
    def dirty(self) -> bool:
        """Whether closing now would lose edits."""
        return not self._history.is_clean

    @property
    def title(self) -> str:
        """What the window is called after: the file, or the project's name before it has one."""
        return self._project.name if self._path is None else self._path.stem

    @property
    def warnings(self) -> tuple[AvatarError, ...]:
        """What went wrong with this project so far, without keeping it from opening."""
        return tuple(self._warnings)

    @property
    def avatar(self) -> AvatarAsset:
        """The avatar of the project in its hairstyle, read when it is first asked for.

        When it cannot be read, the demo avatar stands in and a warning is given; when the hairstyle
        cannot, the avatar wears its own hair. The project keeps its references, so that both are
        back when their files are.

        Raises:
            AssetError: not even the demo avatar can be read.
        """
        return self._worn.asset

    @property
    def edited_hair(self) -> EditedHair:
        """The hair of `avatar` with the project's edits; asked again, the same value.

        Edits of another hairstyle, or of an avatar that cannot be read, are left out, and a warning
        is given. The project keeps them.

        Raises:
            AssetError: not even the demo avatar can be read.
        """
        (asset, is_named), edits = self._worn, self._project.hair_edits
        if not (edits.is_empty or (is_named and edits.fits(asset.hair))):
            self._warn(_EDITS_LEFT_OUT)
            edits = _NO_EDITS
        known = self._edited
        if known is None or known.hair.base is not asset.hair:
            self._edited = _Edited(edited_hair(asset.hair, edits), edits)
        elif known.edits is not edits:
            self._edited = _Edited(edited_hair(asset.hair, edits, known), edits)
        assert self._edited is not None
        return self._edited.hair

    @property
    def groomed_avatar(self) -> AvatarAsset:
        """`avatar` with `edited_hair` for its hair: to keep that as a hairstyle, see `hair_of`."""
        return replace(self.avatar, hair=self.edited_hair.cloud)

    def new(self) -> None:
        """Start an empty project."""
        self._take_over(SavedProject(Project()), None)
        self.replaced.emit(None)

    def open(self, path: Path | str, as_copy: bool = False) -> None:
        """Open a project. If that fails, the present one stays open.

        An avatar, a portrait, a film or a driving file that is gone is no failure: see `warnings`.

        Args:
            path: a `.studio` file.
            as_copy: forget where it came from, so that saving asks for a place: for the bundled
                demo, and for templates.

        Raises:
            AssetError: the file is missing or cannot be read.
            ProjectFormatError: not a project, damaged, or from a newer release.
        """
        path = Path(path).absolute()
        self._take_over(load_project(path), None if as_copy else path)
        self.replaced.emit(None)
        for error in missing_files(self._project):
            self._warn(error)

    def save(self, path: Path | str | None = None) -> Path:
        """Write the project to its file, or to a new one that becomes its file.

        If that fails, the file on the disk and the session stay as they were.

        Returns:
            The file.

        Raises:
            AssetError: folder missing or not writable, disk full.
            ValueError: no path given, and the project has none yet.
        """
        target = self._path if path is None else Path(path).absolute()
        if target is None:
            raise ValueError("path: the project has no file yet")
        save_project(SavedProject(self._project, self.view_state, self._files), target)
        self._path = target
        self._history.mark_clean()
        return target

    def use_avatar(self, reference: str) -> None:
        """Load an avatar and make it the project's, in the hairstyle chosen before if that fits.

        Args:
            reference: `demo:NAME` or the path of an `.avatar` file.

        Raises:
            AssetError: the file is missing or damaged; nothing has changed then.
            ProjectFormatError: not an avatar, or from a newer release.
        """
        reference = _absolute(reference)
        misfit = self.wardrobe.misfit(self.avatars.load(reference), self._project.hair)
        choice = SetAvatar.of(self._project, reference, AVATARS.sha256(reference))
        if misfit is None:
            self._change_wearing(choice, reference, self._project.hair)
            return
        undress = SetHair.of(self._project, "")
        self._change_wearing(choice, reference, "", undress)
        self.warned.emit(AssetError(misfit.message, "The avatar wears its own hair again."))

    def use_hair(self, reference: str) -> None:
        """Put a hairstyle on the project's avatar.

        Args:
            reference: empty for the avatar's own hair, `demo:NAME` or the path of a `.hair` file.

        Raises:
            AssetError: the file is missing or damaged, or made for another kind of head; nothing
                has changed then.
            ProjectFormatError: not a hairstyle, or from a newer release.
        """
        avatar = self._project.avatar
        if not reference:
            self._change_wearing(SetHair.of(self._project, ""), avatar, "")
            return
        reference = _absolute(reference)
        self.wardrobe.dressed(self.avatars.load(avatar), reference)
        choice = SetHair.of(self._project, reference, HAIRSTYLES.sha256(reference))
        self._change_wearing(choice, avatar, reference)

    def use_portrait(self, reference: str) -> str:
        """Let a portrait perform beside the avatar.

        Args:
            reference: `demo:NAME` or the path of a `.portrait` file.

        Returns:
            Its id in the project.

        Raises:
            AssetError: the file is missing or damaged; nothing has changed then.
            ProjectFormatError: not a portrait, or from a newer release.
        """
        reference = _absolute(reference)
        name = self.portraits.load(reference).name
        sha256 = PORTRAITS.sha256(reference)
        command = AddPortrait.of(self._project, ProjectPortrait(reference, sha256, name))
        self.push(command)
        return command.entry_id

    def portrait(self, portrait_id: str) -> Portrait | None:
        """A portrait of the project through the crop it has there; asked again, read once.

        None, and a warning, when its file cannot be read; the project keeps it.

        Raises:
            KeyError: there is no such portrait.
        """
        entry = self._project.portraits[portrait_id]
        try:
            return entry.cropped(self.portraits.load(entry.reference))
        except AvatarError as error:
            self._warn(error)
            return None

    def push(self, command: Command) -> Change:
        """Do a command and record it. Whatever raises leaves everything as it was."""
        return self._history.push(command)

    def undo(self) -> Change:
        return self._history.undo()

    def redo(self) -> Change:
        return self._history.redo()

    def jump(self, index: int) -> Change:
        """Go to the state in which `index` steps of the history are done."""
        return self._history.jump(index)

    def begin_gesture(self, label: str | None = None) -> None:
        """From now until `end_gesture`, everything pushed becomes one step."""
        self._history.begin_gesture(label)

    def end_gesture(self) -> None:
        self._history.end_gesture()

    def cancel_gesture(self) -> Change:
        """Take back what the open gesture did."""
        return self._history.cancel_gesture()

    @contextmanager
    def gesture(self, label: str | None = None) -> Iterator[None]:
        """A gesture for a block: one step when it ends, taken back when it raises."""
        with self._history.gesture(label):
            yield

    @property
    def _worn(self) -> _Worn:
        try:
            asset = self.avatars.load(self._project.avatar)
        except AvatarError as error:
            if self._project.avatar == DEMO_AVATAR:
                raise
            self._warn(error)
            return _Worn(self.avatars.load(DEMO_AVATAR), is_named=False)
        try:
            return _Worn(self.wardrobe.dressed(asset, self._project.hair), is_named=True)
        except AvatarError as error:
            self._warn(error)
            return _Worn(asset, is_named=False)

    def _change_wearing(self, choice: Command, avatar: str, hair: str, *before: Command) -> None:
        """Push a choice of avatar or hairstyle; edits of hair that is gone go with it, and back.

        Paint stays, but is no longer baked, and skin is no longer copied: both were in the texture
        of the avatar before.
        """
        commands = [*before, choice]
        is_other = isinstance(choice, SetAvatar) and not choice.changes_nothing
        if is_other and self._project.painting.baked is not None:
            commands.append(SetBakedPaint.of(self._project, None))
        if is_other and self._project.painting.cloned is not None:
            commands.append(SetClonedSkin.of(self._project, None))
        loses_edits = self._loses_edits(avatar, hair)
        if loses_edits:
            commands.append(SetHairEdits.cleared(self._project))
        if len(commands) == 1:
            self.push(choice)
            return
        with self.gesture(choice.label):
            for command in commands:
                self.push(command)
        if loses_edits:
            self.warned.emit(_EDITS_CLEARED)

    def _loses_edits(self, avatar: str, hair: str) -> bool:
        """Whether an avatar in a hairstyle wears other hair than the one that was edited."""
        project = self._project
        if project.hair_edits.is_empty:
            return False
        if hair != project.hair or not (hair or avatar == project.avatar):
            return True
        try:
            worn = self.wardrobe.dressed(self.avatars.load(avatar), hair)
        except AvatarError:
            return False  # not to be read just now, so nobody knows
        return not project.hair_edits.fits(worn.hair)

    def _take_over(self, saved: SavedProject, path: Path | None) -> None:
        self._project = saved.project
        self._path = path
        self.view_state = dict(saved.view_state)
        self._files = saved.files
        self._history = History(saved.project, self._budget_bytes)
        self._history.changed.connect(self.changed.emit)
        self._warnings = []
        self._edited = None

    def _warn(self, error: AvatarError) -> None:
        if str(error) not in map(str, self._warnings):
            self._warnings.append(error)
            self.warned.emit(error)


_NO_EDITS = HairEdits()
_EDITS_CLEARED = AssetError(
    "The hair edits were cleared, because they were made on the hair worn before.",
    "Undo brings both back.",
)
_EDITS_LEFT_OUT = AssetError(
    "The hair edits of this project are not shown, because they were made on other hair.",
    "They are back once the avatar and the hairstyle are; clear them to start anew.",
)


def _absolute(reference: str) -> str:
    return reference if is_bundled(reference) else str(Path(reference).absolute())
