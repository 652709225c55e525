"""Groomed hair as a file of 3D Gaussians, for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import GAUSSIANS, ask_save
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from avatar_core.exchange.official_export import ExportReport
    from avatar_core.frame import AvatarFrame


class HairExporter(QObject):
    """Asks for a file, and writes the hair of the document in the background.

    Args:
        context: the document.
        hair: the hair on the stage.
    """

    exported = Signal(object)
    """The `ExportReport` of what was written."""

    def __init__(self, context: StudioContext, hair: GroomHair) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._writer = TaskRunner("The hair", self)
        self._writer.finished.connect(self._tell)
        self._writer.failed.connect(context.errors.show)
        actions = context.actions
        actions["groom.export_rest"].triggered.connect(lambda: self._ask("at rest", None))
        actions["groom.export_posed"].triggered.connect(lambda: hair.attempt(self._ask_posed))

    def export(self, path: Path, frame: AvatarFrame | None = None) -> None:
        """Write the hair as edited, around the neutral head or as it lies at a moment.

        Args:
            path: of the `.ply`; replaced whole or not at all.
            frame: in the hairstyle without edits.
        """
        asset, edited = self._context.session.avatar, self._hair.now

        def write(_task: object) -> ExportReport:
            # torch comes along, which takes seconds.
            from avatar_core.exchange.ply_export import export_ply_file

            return export_ply_file(asset, path, edited, frame)

        self._writer.start(write)

    def shutdown(self) -> None:
        self._writer.shutdown()

    def _ask_posed(self) -> None:
        """The moment is that of the wish: the avatar performs on while the file is chosen."""
        self._ask("posed", self._hair.base_frame())

    def _ask(self, manner: str, frame: AvatarFrame | None) -> None:
        folder = Path(self._context.preferences.values.projects_folder)
        suggestion = folder / f"{self._context.session.avatar.name} hair {manner}.ply"
        ask_save(
            self._context.window, "Export hair", suggestion, GAUSSIANS,
            lambda path: self.export(path, frame),
        )  # fmt: skip

    def _tell(self, report: ExportReport) -> None:
        self._context.toast.show_note(f"Wrote {report.files[0]}.", " ".join(report.notes))
        self.exported.emit(report)
