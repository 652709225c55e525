"""The takes of the project: rename, delete, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import FLAME, LIVE_LINK, RECORDED, TAKE, WAV, ask_open, ask_save
from app.handlers.flame_takes import FlameTakes
from avatar_core.commands import AddTake, RemoveTake, RenameTake, SetActiveTake
from avatar_core.errors import AssetError
from avatar_core.motion.take_names import next_take_name
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from app.dialogs.files import FileKind
    from app.handlers.context import StudioContext
    from app.panels.takes import TakesPanel
    from avatar_core.motion import Take


class TakesHandler(QObject):
    """Keeps the list in step with the project, and files with the list."""

    play_requested = Signal(str)
    """Id of a take."""

    def __init__(self, context: StudioContext, panel: TakesPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._flame = FlameTakes(context)
        self._flame.read.connect(self._take_in)
        self._flame.written.connect(self._tell_exported)
        panel.play_requested.connect(self.play_requested)
        panel.selected.connect(self._activate)
        panel.rename_requested.connect(self._rename)
        panel.delete_requested.connect(self._delete)
        panel.export_take_requested.connect(lambda take_id: self._ask_export(take_id, TAKE))
        panel.export_csv_requested.connect(lambda take_id: self._ask_export(take_id, LIVE_LINK))
        panel.export_flame_requested.connect(lambda take_id: self._ask_export(take_id, FLAME))
        panel.export_sound_requested.connect(lambda take_id: self._ask_export(take_id, WAV))
        panel.import_requested.connect(self.ask_import)
        context.actions["file.import_take"].triggered.connect(self.ask_import)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        project = self._context.project
        self._panel.show_takes(project.takes.values(), project.active_take)
        taken = {take.name for take in project.takes.values()}
        self._panel.show_next_name(next_take_name("", taken))

    def ask_import(self) -> None:
        folder = self._context.preferences.values.recordings_folder
        ask_open(self._context.window, "Import take", folder, RECORDED, self.import_take)

    def import_take(self, path: Path) -> None:
        """Add a `.take` file, a Live Link Face CSV or a FLAME sequence to the project."""
        if FLAME.matches(path):
            self._flame.ask_take(path)
        else:
            self._context.errors.attempt(lambda: self._add(_load(path), path.name))

    def shutdown(self) -> None:
        self._flame.shutdown()

    def _take_in(self, take: Take) -> None:
        self._context.errors.attempt(lambda: self._add(take, take.name))

    def _add(self, take: Take, title: str) -> None:
        session, project = self._context.session, self._context.project
        with session.gesture(f"Import {title}"):
            command = AddTake.of(project, take)
            session.push(command)
            session.push(SetActiveTake.of(project, command.take.id))

    def _ask_export(self, take_id: str, kind: FileKind) -> None:
        take = self._context.project.takes[take_id]
        name = "".join(letter if letter.isalnum() else "_" for letter in take.name)
        folder = Path(self._context.preferences.values.recordings_folder)
        ask_save(
            self._context.window,
            f"Export {take.name}",
            folder / f"{name}.{kind.suffixes[0]}",
            kind,
            lambda path: self._export(take, path, kind),
        )

    def _export(self, take: Take, path: Path, kind: FileKind) -> None:
        if kind is FLAME:
            self._flame.ask_file(take, path)
        elif self._context.errors.attempt(lambda: _save(take, path, kind)):
            self._tell_exported(path)

    def _tell_exported(self, path: Path) -> None:
        self._context.toast.show_note(f"Exported {path.name}.", str(path.parent))

    def _activate(self, take_id: str | None) -> None:
        self._context.push(SetActiveTake.of(self._context.project, take_id))

    def _rename(self, take_id: str, name: str) -> None:
        if name:
            self._context.push(RenameTake.of(self._context.project, take_id, name))
        self.refresh()

    def _delete(self, take_id: str) -> None:
        self._context.push(RemoveTake.of(self._context.project, take_id))

    def _changed(self, change: Change) -> None:
        if Part.TAKES in change.parts:
            self.refresh()


def _load(path: Path) -> Take:
    if LIVE_LINK.matches(path):
        from avatar_core.io.live_link_csv import load_live_link_csv

        return load_live_link_csv(path)
    from avatar_core.io.take_file import load_take

    return load_take(path)


def _save(take: Take, path: Path, kind: FileKind) -> None:
    if kind is LIVE_LINK:
        from avatar_core.io.live_link_csv import save_live_link_csv

        save_live_link_csv(take, path)
    elif kind is WAV:
        _save_sound(take, path)
    else:
        from avatar_core.io.take_file import save_take

        save_take(take, path)


def _save_sound(take: Take, path: Path) -> None:
    """Write the sound on the take's clock: silence where it begins late."""
    from avatar_core.io.audio import save_wav
    from avatar_core.motion.take_sound import sound_on_clock

    if take.audio is None:
        raise AssetError(f"{take.name} has no sound.", "Import one with Take → Sound.")
    save_wav(path, *sound_on_clock(take))
