"""TrainDesk: the panels and handlers of the Train workspace, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.handlers.captures import CaptureHandler
from app.handlers.training import TrainingHandler
from app.panels.capture import CapturePanel
from app.panels.capture_check import CaptureCheckPanel
from app.panels.capture_pictures import CapturePictures
from app.panels.losses import LossesPanel
from app.panels.training import TrainingPanel
from app.panels.training_preview import TrainingPreviewPanel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QStackedWidget, QWidget

    from app.handlers.context import StudioContext

_STEPS = ("previous", "next")
_OVERLAYS = ("matte", "labels", "outline")


class TrainDesk(QObject):
    """Everything that the Train workspace adds to the studio.

    Args:
        context: the document.
        pages: the middle of the window, which gets a page with the pictures of a capture.
    """

    delivered = Signal(object)
    """A `LibraryEntry`: an avatar that was finished and copied among the user's own."""
    stage_requested = Signal(str)
    """The file of an avatar that the user wants on the stage."""

    def __init__(self, context: StudioContext, pages: QStackedWidget) -> None:
        super().__init__(context.window)

        def actions(names: tuple[str, ...]) -> list[QAction]:
            return [context.actions[f"train.{name}"] for name in names]

        self.capture = CapturePanel()
        self.pictures = CapturePictures(actions(_STEPS), actions(_OVERLAYS))
        pages.addWidget(self.pictures)
        self.check = CaptureCheckPanel()
        self.training = TrainingPanel()
        self.losses = LossesPanel()
        self.preview = TrainingPreviewPanel()
        self.captures = CaptureHandler(context, self.capture, self.pictures, self.check)
        self.trainer = TrainingHandler(context, self.training, self.losses, self.preview)
        self.captures.opened.connect(self.trainer.show_capture)
        self.trainer.flame_chosen.connect(self.captures.use_flame)
        self.trainer.capture_wanted.connect(self.captures.open)
        self.trainer.delivered.connect(self.delivered)
        self.trainer.stage_requested.connect(self.stage_requested)

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panels, by the names of their docks."""
        return {
            "capture": self.capture,
            "training": self.training,
            "check": self.check,
            "losses": self.losses,
            "preview": self.preview,
        }

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace, where capture and run of last time are taken up, or leave it."""
        if is_open:
            self.trainer.restore()
            self.captures.restore()

    def refresh(self) -> None:
        """Nothing: captures and runs are no part of the document."""

    def shutdown(self) -> None:
        """End the run with a checkpoint."""
        self.captures.shutdown()
        self.trainer.shutdown()
