"""What is to be trained: capture, folder, preset, device, as the form of the panel says it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import ask_folder
from app.handlers.run_folders import FolderState, look_at_folder, proposed_folder
from app.workers.training_process import SEED, TrainingRequest
from avatar_core.io.flame_sources import flame_folder
from avatar_core.training.run_record import read_record

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.panels.training import TrainingPanel
    from app.workers.capture_review import CaptureContents

_LAST = "training"
_KEPT = ("preset", "device", "folder")


class TrainingChoices(QObject):
    """Keeps the form in step with the capture and with what lies in the chosen folder.

    Args:
        context: the document.
        panel: the form.
    """

    flame_chosen = Signal(object)
    """Path of the folder with the user's FLAME files."""
    capture_wanted = Signal(object)
    """Path of the capture that a chosen run learns from."""
    edited = Signal()
    """The user has changed something."""
    refreshed = Signal(object)
    """The `FolderState` of the chosen folder, after it was looked at again."""

    def __init__(self, context: StudioContext, panel: TrainingPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._contents: CaptureContents | None = None
        self._named_for: str | None = None
        panel.folder_requested.connect(self._ask_folder)
        panel.flame_requested.connect(self._ask_flame)
        panel.choices_changed.connect(self._choices_changed)

    @property
    def folder(self) -> Path:
        """The chosen folder."""
        return Path(self._panel.choices.folder)

    def restore(self) -> None:
        """Fill in what was chosen last time."""
        kept = self._context.preferences.remembered(_LAST)
        if isinstance(kept, dict):
            self._panel.fill_in(**{key: str(kept[key]) for key in _KEPT if key in kept})
            self.refresh()

    def keep(self) -> None:
        """Remember what is chosen."""
        choices = self._panel.choices
        kept = {name: getattr(choices, name) for name in _KEPT}
        self._context.preferences.remember(_LAST, kept)

    def take_capture(self, contents: CaptureContents | None, *, is_free: bool) -> None:
        """Hold the folder against this capture; a form that is free is filled in for it."""
        self._contents = contents
        if is_free and contents is not None:
            self._panel.ask_flame(is_needed=contents.needs_flame)
            self._propose(contents)
        if is_free:
            self.refresh()

    def take_run(self, folder: Path) -> None:
        """Choose the run in a folder, and its capture."""
        self._panel.fill_in(folder=str(folder))
        record = read_record(folder)
        now = None if self._contents is None else self._contents.folder.absolute()
        if record is not None and now != Path(record.capture):
            self.capture_wanted.emit(Path(record.capture))
        self.refresh()

    def offer_cuda(self) -> None:
        """There is a CUDA device; it is chosen again where it was chosen last time."""
        self._panel.offer_cuda()
        kept = self._context.preferences.remembered(_LAST)
        if isinstance(kept, dict):
            self._panel.fill_in(device=str(kept.get("device", "")))

    def refresh(self) -> None:
        """Look again at what lies in the chosen folder."""
        state = self._look()
        if state.record is not None:
            self._panel.fill_in(preset=state.record.preset)
            if self._named_for != self._panel.choices.folder:
                self._panel.fill_in(name=state.record.name)
        self._named_for = self._panel.choices.folder
        self._panel.show_folder(
            state.words, may_start=state.may_start, resumes=state.resumes, warns=state.warns
        )
        finished = state.record if state.avatar is not None else None
        self._panel.offer_avatar("" if finished is None else finished.name)
        self.refreshed.emit(state)

    def request(self) -> TrainingRequest | None:
        """The run that is chosen, or None where none can begin."""
        state, contents, choices = self._look(), self._contents, self._panel.choices
        if contents is None or not state.may_start:
            return None
        record = state.record
        needs_flame = contents.needs_flame and bool(choices.flame)
        return TrainingRequest(
            capture=contents.folder.absolute(),
            folder=self.folder.absolute(),
            name=choices.name or contents.folder.name.capitalize(),
            preset=choices.preset if record is None else record.preset,
            seed=SEED if record is None else record.seed,
            device=choices.device,
            threads=self._context.preferences.values.threads,
            flame=Path(choices.flame) if needs_flame else None,
            resume=state.resumes,
        )

    def _look(self) -> FolderState:
        return look_at_folder(self._panel.choices.folder, self._contents)

    def _propose(self, contents: CaptureContents) -> None:
        """A name and a folder for a capture, unless the folder's run is of this capture."""
        record = read_record(self.folder)
        if record is not None and Path(record.capture) == contents.folder.absolute():
            return
        name = contents.folder.name.capitalize()
        projects = Path(self._context.preferences.values.projects_folder)
        self._panel.fill_in(name=name, folder=str(proposed_folder(projects, name, contents.folder)))

    def _choices_changed(self) -> None:
        self.edited.emit()
        self.refresh()
        self.keep()

    def _ask_folder(self) -> None:
        start = self._panel.choices.folder or self._context.preferences.values.projects_folder
        ask_folder(self._context.window, "Choose a folder for the run", start, self._use_folder)

    def _use_folder(self, folder: Path) -> None:
        self.take_run(folder)
        self._choices_changed()

    def _ask_flame(self) -> None:
        start = self._panel.choices.flame or str(flame_folder())
        ask_folder(
            self._context.window, "Choose the folder with your FLAME files", start, self._use_flame
        )

    def _use_flame(self, folder: Path) -> None:
        self._panel.fill_in(flame=str(folder))
        self.flame_chosen.emit(folder)
