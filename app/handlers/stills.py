"""Pictures of the viewport, kept as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import STILL, ask_save
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from avatar_core.geometry import UInt8

_SUPERSAMPLE = 2


class StillHandler(QObject):
    """Asks for a file, draws the view at twice its size, and writes means of four pixels."""

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._writer = TaskRunner("The picture", self)
        self._writer.finished.connect(self._tell)
        self._writer.failed.connect(context.errors.show)
        context.actions["file.save_picture"].triggered.connect(self.ask)

    def ask(self) -> None:
        """Ask where the picture is to go."""
        folder = Path(self._context.preferences.values.projects_folder)
        suggestion = folder / f"{self._context.session.avatar.name}.png"
        ask_save(self._context.window, "Save picture", suggestion, STILL, self.save)

    def save(self, path: Path) -> None:
        """Draw now; reduce and write in the background."""
        image = self._view.still(_SUPERSAMPLE)
        if image is not None:
            self._writer.start(lambda _task: write_still(image, _SUPERSAMPLE, path))

    def shutdown(self) -> None:
        self._writer.shutdown()

    def _tell(self, path: Path) -> None:
        self._context.toast.show_note(f"Saved {path.name}.", str(path.parent))


def write_still(image: UInt8, supersample: int, path: Path) -> Path:
    """Write a picture whose pixels are the means of squares of those given.

    Args:
        image: [H, W, 3] uint8 sRGB, top row first.
        supersample: side of the squares.
        path: of the `.png`; replaced whole or not at all.

    Raises:
        AssetError: the folder is missing or cannot be written to, the disk is full.
    """
    import cv2
    import numpy as np

    from avatar_core.io.atomic import atomic_write
    from avatar_core.io.images import image_to_png

    size = image.shape[1] // supersample, image.shape[0] // supersample
    reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    with atomic_write(path) as file:
        file.write(image_to_png(np.asarray(reduced, np.uint8)))
    return path
