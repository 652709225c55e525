"""Session: the project, its history and its file; the one object that the window holds."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.commands import (
    AddPortrait,
    History,
    SetAvatar,
    SetBakedPaint,
    SetClonedSkin,
    SetHair,
    SetHairEdits,
)
from avatar_core.commands.document import Document
from avatar_core.commands.history import DEFAULT_BUDGET_BYTES
from avatar_core.commands.project_journal import ProjectJournal
from avatar_core.commands.recovery import Recovery, unfinished_of
from avatar_core.commands.saving import Saving
from avatar_core.commands.step_bytes import kept_part, readable_steps
from avatar_core.commands.wearing import Wearing
from avatar_core.errors import AssetError, AvatarError
from avatar_core.events import Signal
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS
from avatar_core.io.avatar_shelf import AvatarShelf, PortraitShelf
from avatar_core.io.journal import JournalHeader
from avatar_core.io.project_file import ProjectFiles, SavedProject, load_project
from avatar_core.io.project_files import missing_files
from avatar_core.io.project_lock import expect_free
from avatar_core.io.saved_state import saved_state
from avatar_core.io.wardrobe import Wardrobe
from avatar_core.project import Project, ProjectPortrait, is_bundled

if TYPE_CHECKING:
    from avatar_core.commands import Command
    from avatar_core.commands.recovery import Unfinished
    from avatar_core.hair.edited import EditedHair
    from avatar_core.io.journal_places import JournalPlaces
    from avatar_core.project import AvatarAsset, Portrait
    from avatar_core.project.plain import PlainData


class Session(Document):
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
        journals: where edits are written down as they are made; left out, they are not.
    """

    def __init__(
        self,
        avatars: AvatarShelf | None = None,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        wardrobe: Wardrobe | None = None,
        portraits: PortraitShelf | None = None,
        journals: JournalPlaces | None = None,
    ) -> None:
        super().__init__()
        self.replaced: Signal[None] = Signal()
        self.warned: Signal[AvatarError] = Signal()
        self.safety_changed: Signal[None] = Signal()
        """`journal.trouble` came or went; told on any thread."""
        told = partial(self.safety_changed.emit, None)
        self.journal = ProjectJournal(journals, told) if journals else None
        self.kept_history_bytes = 0
        """How much of the history is saved with the project, so that undo works after opening."""
        self.unfinished: tuple[Unfinished, ...] = ()
        """Journals of the opened project that were not closed, see `recovery`; newest last."""
        self.avatars = avatars or AvatarShelf()
        self.wardrobe = wardrobe or Wardrobe()
        self.portraits = portraits or PortraitShelf()
        self.view_state: PlainData = {}
        """Plain data that the window keeps with the project: camera, docks. Not undoable, and no
        reason to save; whoever reads it checks it, since a file can hold anything."""
        self._budget_bytes = budget_bytes
        self._path: Path | None = None
        self._files: ProjectFiles
        self._warnings: list[AvatarError] = []
        self._take_over(SavedProject(Project()), None, JournalHeader())

    @property
    def path(self) -> Path | None:
        """The project's file, or None before the first save."""
        return self._path

    @property
    def files(self) -> ProjectFiles:
        """What is known of the files that the project names, as it was opened."""
        return self._files

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
        return self._wearing.worn(self._project).asset

    @property
    def edited_hair(self) -> EditedHair:
        """The hair of `avatar` with the project's edits; asked again, the same value.

        Edits of another hairstyle, or of an avatar that cannot be read, are left out, and a warning
        is given. The project keeps them.

        Raises:
            AssetError: not even the demo avatar can be read.
        """
        return self._wearing.edited(self._project)

    @property
    def groomed_avatar(self) -> AvatarAsset:
        """`avatar` with `edited_hair` for its hair: to keep that as a hairstyle, see `hair_of`."""
        return replace(self.avatar, hair=self.edited_hair.cloud)

    def new(self) -> None:
        """Start an empty project."""
        self._take_over(SavedProject(Project()), None, JournalHeader())
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
        saved = load_project(path)
        state = saved_state(path) if self.journal is not None else ""
        self._take_over(saved, None if as_copy else path, JournalHeader(str(path), state, as_copy))
        if self.journal is not None and not as_copy:
            self.unfinished = unfinished_of(path, state, self.journal.places)
        self.replaced.emit(None)
        for error in missing_files(self._project):
            self._warn(error)

    def save(self, path: Path | str | None = None) -> Path:
        """Write the project to its file, or to a new one that becomes its file.

        If that fails, file and session stay as they were. Nothing is locked, see `ProjectLock`.

        Returns:
            The file.

        Raises:
            AssetError: folder missing or not writable, disk full, another studio has it open.
            ValueError: no path given, and the project has none yet.
        """
        saving = self.begin_save(path)
        saving.guard = lambda: expect_free(saving.path)
        try:
            saving.write()
        except BaseException:
            self.fail_save(saving)
            raise
        self.finish_save(saving)
        return saving.path

    def begin_save(self, path: Path | str | None = None) -> Saving:
        """A save of the document as it is now, to be written on any thread, one at a time.

        Once it is written, `finish_save` follows on this thread; if that fails, `fail_save`. Edits
        made meanwhile are not in it, and remain unsaved.

        Raises:
            ValueError: no path given, and the project has none yet.
        """
        target = self._path if path is None else Path(path).absolute()
        if target is None:
            raise ValueError("path: the project has no file yet")
        mark = self._history.mark()
        saving = self.snapshot(target)
        saving.mark, saving.journal = mark, self.journal
        if self.journal is not None:
            saving.token = self.journal.begin_save(saving.known_steps, self._history.steps)
        return saving

    def finish_save(self, saving: Saving) -> None:
        """A save is written: its file is the project's now, and its state the saved one."""
        self._path, self._files = saving.path, saving.saved.files
        if self.journal is not None:
            self.journal.finish_save(JournalHeader(str(saving.path), saving.state))
        self._history.mark_clean(saving.mark)

    def fail_save(self, saving: Saving) -> None:
        """A save came to nothing."""
        if saving.mark is not None:
            self._history.forget(saving.mark)
        if self.journal is not None:
            self.journal.fail_save()

    def snapshot(self, path: Path) -> Saving:
        """The document as it is now, to be written to a file that is not to be the project's."""
        steps, index = self._history.steps, self._history.index
        part = kept_part(steps, index, self.kept_history_bytes)
        saved = SavedProject(self._project.copy(), deepcopy(self.view_state), self._files)
        return Saving(saved, steps[part], index - part.start, path)

    def recovery(self, found: Unfinished) -> Recovery:
        """What stands in a journal, to be done again on any thread; then call `recovered`.

        Args:
            found: one of `unfinished` that fits, or any other that does; the project that such a
                one starts from is opened.

        Raises:
            AssetError: the project that it starts from is missing.
        """
        if found not in self.unfinished:
            if found.header.project:
                self.open(found.header.project, found.header.is_copy)
            else:
                self.new()
        return Recovery(found, self._project, self._history, self._budget_bytes)

    def recovered(self, recovery: Recovery) -> None:
        """Take over what was done again, with the history that belongs to it.

        Raises:
            AssetError: the document was changed meanwhile, and stays; so does the journal.
        """
        self.expect_unchanged(recovery)
        replayed = recovery.replayed
        assert replayed is not None, "run() comes first"
        assert self.journal is not None
        self._follow(recovery.project, recovery.history)
        self.journal.go_on(recovery.history, recovery.found, replayed)
        self.unfinished = ()
        self.replaced.emit(None)
        if replayed.warning is not None:
            self._warn(replayed.warning)

    def expect_unchanged(self, recovery: Recovery) -> None:
        """Make sure that the document is still the one that steps are brought back into.

        Raises:
            AssetError: it is not; the steps are kept.
        """
        if recovery.origin is not self._history or self.dirty:
            raise AssetError(
                "The steps were not brought back, because the project was changed meanwhile.",
                "They are kept: open the project again, or see File → Open earlier version.",
            )

    def close(self) -> None:
        """Nothing of the document is wanted any more, or all of it is saved."""
        if self.journal is not None:
            self.journal.discard()

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
        loses_edits = self._wearing.loses_edits(self._project, avatar, hair)
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

    def _take_over(self, saved: SavedProject, path: Path | None, header: JournalHeader) -> None:
        steps, index, damage = readable_steps(saved.history)
        self.close()
        self._path = path
        self.view_state = dict(saved.view_state)
        self._files = saved.files
        self._warnings = []
        self.unfinished = ()
        self._follow(saved.project, History(saved.project, self._budget_bytes, steps, index))
        if self.journal is not None:
            self.journal.follow(self._history, header)
        if damage is not None:
            self._warn(damage)

    def _follow(self, project: Project, history: History) -> None:
        super()._follow(project, history)
        self._wearing = Wearing(self.avatars, self.wardrobe, self._warn)

    def _warn(self, error: AvatarError) -> None:
        if str(error) not in map(str, self._warnings):
            self._warnings.append(error)
            self.warned.emit(error)


_EDITS_CLEARED = AssetError(
    "The hair edits were cleared, because they were made on the hair worn before.",
    "Undo brings both back.",
)


def _absolute(reference: str) -> str:
    return reference if is_bundled(reference) else str(Path(reference).absolute())
