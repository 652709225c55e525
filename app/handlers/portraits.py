"""The portraits of the project: which there are, and how each performs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.library import PortraitLabels, image_of
from app.panels.portrait_list import PortraitRow
from app.workers.engine_choice import EngineChoice, choose_engine
from app.workers.tasks import TaskRunner
from avatar_core.commands import AddPortrait, RemovePortrait, SetPortrait
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from app.handlers.context import StudioContext
    from app.handlers.portrait_stage import PortraitStage
    from app.panels.portrait import PortraitPanel
    from app.viewport.portrait_view import PortraitView
    from avatar_core.project import CropBox, Portrait, PortraitSettings, ProjectPortrait

    ChooseEngine = Callable[[Portrait, PortraitSettings], EngineChoice]

_STAYS = "The view stays while portraits are in it; hide them with their eyes."


class PortraitHandler(QObject):
    """Joins the panel, the actions and the portraits' view with the document.

    Args:
        context: the document.
        panel: has the list and the controls.
        stage: has the view.
        choose: says which engine settings lead to; on a thread of the background.
    """

    def __init__(
        self,
        context: StudioContext,
        panel: PortraitPanel,
        stage: PortraitStage,
        choose: ChooseEngine = choose_engine,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._stage = stage
        self._choose_engine = choose
        self._chosen = ""
        self._cropping: str | None = None
        self._labels = PortraitLabels()
        self._described: object = None
        self._chooser = TaskRunner("engine", self)
        self._chooser.finished.connect(self._show_engine)
        self._join_panel()
        self._join_actions()
        stage.open_changed.connect(lambda _on: self._show_actions())
        stage.view_made.connect(self._join_view)
        if stage.has_view:
            self._join_view(stage.view)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self._start_anew)

    @property
    def chosen(self) -> str:
        """Id of the portrait whose controls are shown; empty without one."""
        return self._chosen

    def choose(self, portrait_id: str) -> None:
        """Show the controls of a portrait; its crop, if that of another was being edited."""
        self._chosen = portrait_id
        self.refresh()
        if self._cropping not in (None, portrait_id):
            self._edit_crop(True)

    def refresh(self) -> None:
        """Show the project's portraits."""
        portraits = self._context.project.portraits
        if self._chosen not in portraits:
            self._chosen = next(reversed(portraits), "")
        rows = [
            PortraitRow(name, entry.name, entry.is_shown, self._picture(entry))
            for name, entry in portraits.items()
        ]
        self._panel.list.show_portraits(rows, self._chosen)
        self._panel.set_content(has_portraits=bool(rows), has_chosen=bool(self._chosen))
        entry = self._entry
        if entry is not None:
            self._panel.controls.show_portrait(
                self._chosen, entry.settings, is_cropped=entry.box is not None
            )
            self._describe_engine(entry)
        self._show_actions()

    def describe_again(self) -> None:
        """There may be other models than before."""
        self._described = None
        self.refresh()

    def shutdown(self) -> None:
        self._chooser.shutdown()

    # requests

    def _join_panel(self) -> None:
        session, listed, controls = self._context.session, self._panel.list, self._panel.controls
        listed.portrait_chosen.connect(self.choose)
        listed.shown_edited.connect(
            lambda name, on: self._push(lambda p: SetPortrait.shown(p, name, on))
        )
        listed.renamed.connect(
            lambda name, words: self._push(lambda p: SetPortrait.renamed(p, name, words))
        )
        listed.duplicate_requested.connect(self._duplicate)
        listed.remove_requested.connect(
            lambda name: self._push(lambda p: RemovePortrait.of(p, name))
        )
        controls.settings_edited.connect(
            lambda name, settings: self._push(lambda p: SetPortrait.performing(p, name, settings))
        )
        controls.crop_reset_requested.connect(lambda name: self._crop(name, None))
        controls.gesture_started.connect(session.begin_gesture)
        controls.gesture_ended.connect(session.end_gesture)
        controls.gesture_cancelled.connect(session.cancel_gesture)

    def _join_actions(self) -> None:
        actions = self._context.actions
        actions["portrait.show"].triggered.connect(self._open_view)
        actions["portrait.beside"].triggered.connect(self._put_beside)
        actions["portrait.crop"].triggered.connect(self._edit_crop)

    def _join_view(self, view: PortraitView) -> None:
        view.crop_edited.connect(self._crop)
        view.crop_editing_changed.connect(self._note_cropping)
        view.driver_beside_changed.connect(self._context.actions["portrait.beside"].setChecked)

    def _push(self, make: Callable[..., SetPortrait | RemovePortrait]) -> None:
        """Push a command, made now; one for a portrait that has gone since is none."""
        project = self._context.project
        try:
            command = make(project)
        except ValueError:
            return
        self._context.push(command)

    def _crop(self, portrait_id: str, box: CropBox | None) -> None:
        self._push(lambda project: SetPortrait.cropped(project, portrait_id, box))

    def _duplicate(self, portrait_id: str) -> None:
        entry = self._context.project.portraits.get(portrait_id)
        if entry is None:
            return
        twin = replace(entry, name=f"{entry.name} copy")
        command = AddPortrait.of(self._context.project, twin)
        self._chosen = command.entry_id
        self._context.push(command)

    def _open_view(self, is_open: bool) -> None:
        self._stage.set_open(is_open)
        if self._stage.is_open and not is_open:
            self._context.toast.show_note(_STAYS)
        self._show_actions()

    def _put_beside(self, is_beside: bool) -> None:
        if is_beside:
            self._stage.set_open(True)
        if self._stage.has_view:
            self._stage.view.set_driver_beside(is_beside)

    def _note_cropping(self, portrait_id: str | None) -> None:
        self._cropping = portrait_id
        self._show_actions()

    def _edit_crop(self, is_editing: bool) -> None:
        if self._stage.has_view:
            self._stage.view.set_crop_editing(self._chosen if is_editing else None)
        self._show_actions()

    # showing

    def _changed(self, change: Change) -> None:
        if Part.PORTRAITS in change.parts:
            self.refresh()

    def _start_anew(self) -> None:
        self._chosen = ""
        self.refresh()

    @property
    def _entry(self) -> ProjectPortrait | None:
        return self._context.project.portraits.get(self._chosen)

    def _picture(self, entry: ProjectPortrait) -> QImage | None:
        label = self._labels.find(entry.reference)
        return None if label is None or label.picture is None else image_of(label.picture)

    def _describe_engine(self, entry: ProjectPortrait) -> None:
        question = (entry.reference, entry.settings.engine)
        if question == self._described:
            return
        self._described = question
        portrait = self._context.session.portrait(self._chosen)
        if portrait is None:
            self._chooser.stop()
            self._show_engine(EngineChoice("Its file cannot be read."))
            return
        choose, settings = self._choose_engine, entry.settings
        self._chooser.start(lambda _task: choose(portrait, settings))

    def _show_engine(self, choice: EngineChoice) -> None:
        controls = self._panel.controls
        controls.show_engine(choice.words, choice.latents)
        controls.model_options.show_model(
            has_detail=choice.has_detail, is_on_card=choice.is_on_card
        )

    def _show_actions(self) -> None:
        actions, stage, entry = self._context.actions, self._stage, self._entry
        is_shown = entry is not None and entry.is_shown and stage.has_view
        actions["portrait.show"].setChecked(stage.is_open)
        actions["portrait.crop"].setEnabled(is_shown)
        actions["portrait.crop"].setChecked(self._cropping is not None)
        actions["portrait.still"].setEnabled(stage.has_view and stage.has_portraits)
