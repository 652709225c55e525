"""PortraitDesk: panel and handlers of the portraits, put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import STILL, ask_save
from app.handlers.portrait_adding import PortraitAdder
from app.handlers.portrait_imports import PortraitImportHandler
from app.handlers.portrait_library import PortraitLibraryHandler
from app.handlers.portrait_model_options import ModelOptionsHandler
from app.handlers.portraits import PortraitHandler
from app.handlers.stills import write_png
from app.panels.portrait import PortraitPanel
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.handlers.context import StudioContext
    from app.handlers.portrait_stage import PortraitStage
    from app.panels.library import LibraryPanel
    from app.viewport.portrait_view import PortraitView

_OVER_THE_LIST = ("add", "show", "beside", "still")


class PortraitDesk(QObject):
    """Everything that the Perform workspace adds for portraits.

    Args:
        context: the document.
        library: offers portraits.
        stage: shows them.
    """

    added = Signal(str)
    """Id of a portrait that has come into the project by the user's hand."""

    def __init__(self, context: StudioContext, library: LibraryPanel, stage: PortraitStage) -> None:
        super().__init__(context.window)
        self._context = context
        self._stage = stage
        actions = context.actions
        self.panel = PortraitPanel(
            [actions[f"portrait.{name}"] for name in _OVER_THE_LIST],
            crop=actions["portrait.crop"],
            still=actions["portrait.still"],
            beside=actions["portrait.beside"],
        )
        self.portraits = PortraitHandler(context, self.panel, stage)
        self.models = ModelOptionsHandler(context, self.panel.controls.model_options, stage)
        self.adder = PortraitAdder(context)
        self.shelf = PortraitLibraryHandler(context, library)
        self.imports = PortraitImportHandler(context)
        self._writer = TaskRunner("The picture", self)
        self._writer.finished.connect(self._tell)
        self._writer.failed.connect(context.errors.show)
        self.adder.added.connect(self.portraits.choose)
        self.adder.added.connect(self.added)
        self.shelf.portrait_chosen.connect(self.adder.use)
        self.shelf.add_requested.connect(self.adder.ask)
        self.imports.model_imported.connect(self.portraits.describe_again)
        self.imports.model_imported.connect(lambda _path: stage.renew_engines())
        actions["portrait.still"].triggered.connect(self._ask_still)
        stage.view_made.connect(self._join_view)
        if stage.has_view:
            self._join_view(stage.view)

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panel, by the name of its dock."""
        return {"portrait": self.panel}

    def set_open(self, is_open: bool) -> None:
        """Nothing: portraits perform in all workspaces."""

    def refresh(self) -> None:
        self.portraits.refresh()
        self.shelf.refresh()

    def shutdown(self) -> None:
        self.portraits.shutdown()
        self.adder.shutdown()
        self.imports.shutdown()
        self._writer.shutdown()

    def save_still(self, path: Path) -> None:
        """Draw the portraits now; write them in the background."""
        image = self._stage.view.still()
        if image is not None:
            self._writer.start(lambda _task: write_png(image, path))

    def _join_view(self, view: PortraitView) -> None:
        view.add_requested.connect(self.adder.ask)

    def _ask_still(self) -> None:
        portraits = self._context.project.portraits
        entry = portraits.get(self.portraits.chosen)
        name = "Portrait" if entry is None else entry.name
        folder = Path(self._context.preferences.values.projects_folder)
        ask_save(self._context.window, "Save still", folder / f"{name}.png", STILL, self.save_still)

    def _tell(self, path: Path) -> None:
        self._context.toast.show_note(f"Saved {path.name}.", str(path.parent))
