"""The stencil: a picture over the viewport through which brushes paint on the head."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import PAINT_PICTURE, ask_open
from app.viewport.tools import StencilOverlay
from app.workers.face_atlas import PATIENCE_S
from app.workers.tasks import TaskRunner
from avatar_core.texture.stencil import lightness

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_tooling import PaintTooling
    from app.viewport.avatar_view import AvatarView
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import Camera, Float32
    from avatar_core.texture.stencil import Stencil


class StencilHandler(QObject):
    """Chooses a picture as stencil and takes it away; no project keeps it.

    Args:
        context: the action, and words for the user.
        tooling: paints on the head.
        view: where the head is seen.
    """

    def __init__(self, context: StudioContext, tooling: PaintTooling, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self.overlay = StencilOverlay(view)
        self._runner = TaskRunner("read stencil", self)
        self._runner.finished.connect(self._take)
        self._runner.failed.connect(self._tell)
        self._action = context.actions["paint.stencil"]
        self._action.triggered.connect(self._toggle)
        tooling.head.stencil = self._stencil

    @property
    def is_on(self) -> bool:
        """Whether there is a stencil."""
        return self.overlay.picture is not None

    def use(self, path: Path) -> None:
        """Paint through the picture of a file from now on."""
        from avatar_core.io.paint_pictures import read_decal_picture

        def read(_task: object) -> Float32:
            return lightness(read_decal_picture(path, "The stencil").pixels)

        self._runner.start(read)

    def stop(self) -> None:
        """Paint without a stencil."""
        self._runner.stop()
        self._show(None)

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace, where it is seen, or leave it."""
        self.overlay.setVisible(is_open and self.is_on)

    def shutdown(self) -> None:
        self._runner.shutdown(PATIENCE_S)

    def _toggle(self) -> None:
        if self.is_on:
            self.stop()
            return
        self._action.setChecked(False)  # until there is a picture
        folder = Path(self._context.preferences.values.projects_folder)
        ask_open(self._context.window, "Choose a stencil", folder, PAINT_PICTURE, self.use)

    def _take(self, picture: Float32) -> None:
        self._show(picture)
        self.overlay.setVisible(self._action.isEnabled())
        self._context.toast.show_note(
            "Brushes, fills and pictures reach the head where the stencil is white.",
            "Shift and the wheel size it, Shift and the middle button move it.",
        )

    def _show(self, picture: Float32 | None) -> None:
        self.overlay.show_picture(picture)
        self._action.setChecked(picture is not None)

    def _stencil(self, camera: Camera) -> Stencil | None:
        """What lies over the view."""
        return self.overlay.stencil(camera.width_px, camera.height_px)

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)
