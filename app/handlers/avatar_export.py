"""Export of the avatar on the stage: the dialog, the job in the background, what came of it.

Dialog and job are imported when they are asked for: the window opens without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.tasks import TaskRunner
from avatar_core.errors import AssetError, AvatarError

if TYPE_CHECKING:
    from app.dialogs.export_avatar import ExportAvatarDialog
    from app.dialogs.export_options import TakeChoice
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.workers.avatar_export import ExportChoice, ExportOrder
    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_FOLDER = "export_folder"
_OPEN_AGAIN = "Close this window and open it again."


class AvatarExporter(QObject):
    """One dialog and one export at a time; closing the dialog stops it.

    Args:
        context: the document.
        view: shows the moment that can be written.
    """

    exported = Signal(object)
    """The `ExportReport` of what was written."""

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._avatar: AvatarAsset | None = None
        self._frame: AvatarFrame | None = None
        self._folder = Path()
        self._dialog: ExportAvatarDialog | None = None
        self._runner = TaskRunner("The export", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._tell)
        self._runner.failed.connect(self._fail)
        context.actions["file.export"].triggered.connect(lambda: self.open())
        context.events.replaced.connect(self._leave_document)

    @property
    def dialog(self) -> ExportAvatarDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    def open(self) -> ExportAvatarDialog | None:
        """Show the dialog; the moment that is shown now is the one it offers."""
        if self._dialog is None:
            if not self._context.errors.attempt(lambda: self._context.session.avatar):
                return None
            self._avatar, self._frame = self._context.session.avatar, self._shown()
            self._dialog = self._new_dialog()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()
        return self._dialog

    def open_for_hair(self, *, is_posed: bool) -> None:
        """Show the dialog with hair as a `.ply`, at rest or as it is shown."""
        from avatar_core.exchange.formats import Format, Pose

        dialog = self.open()
        if dialog is not None and not self._runner.is_running:
            pose = Pose.MOMENT if is_posed else Pose.REST
            dialog.choose(Format.PLY, pose, is_shown=is_posed)

    def shutdown(self) -> None:
        """Stop the job and close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()
        self._runner.shutdown()

    def _new_dialog(self) -> ExportAvatarDialog:
        from app.dialogs.export_avatar import ExportAvatarDialog

        preferences = self._context.preferences
        remembered = Path(
            str(preferences.remembered(_FOLDER) or preferences.values.projects_folder)
        )
        folder = remembered if remembered.is_dir() else Path.home()
        dialog = ExportAvatarDialog(
            self._context.session.avatar.name,
            folder,
            self._takes(),
            is_shown=self._frame is not None,
            parent=self._context.window,
        )
        dialog.export_requested.connect(self._start)
        dialog.stop_requested.connect(self._stop)
        dialog.finished.connect(self._closed)
        return dialog

    def _takes(self) -> list[TakeChoice]:
        from app.dialogs.export_options import TakeChoice

        project = self._context.project
        takes = sorted(project.takes.items(), key=lambda each: each[0] != project.active_take)
        return [TakeChoice(key, each.name, len(each), each.duration_s) for key, each in takes]

    def _shown(self) -> AvatarFrame | None:
        """The moment that is shown, in the hairstyle without edits."""
        frame = self._view.base_frame
        hair = self._context.session.avatar.hair
        return frame if frame is not None and len(frame.hair_means) == len(hair) else None

    def _start(self, choice: ExportChoice) -> None:
        from app.workers.avatar_export import export_order

        try:
            order = self._order(choice)
        except AvatarError as error:
            self._fail(error)
            return
        self._folder = choice.out.parent
        if self._dialog is not None:
            self._dialog.show_begun()
        self._runner.start(lambda task: export_order(order, task))

    def _order(self, choice: ExportChoice) -> ExportOrder:
        """The choice, and the document as it is now.

        Raises:
            AssetError: what was chosen has gone from the document since the dialog was opened.
        """
        from app.workers.avatar_export import ExportOrder
        from avatar_core.exchange.formats import Format, Pose

        session, project = self._context.session, self._context.project
        if choice.take and choice.take not in project.takes:
            raise AssetError("The take is no longer in the project.", _OPEN_AGAIN)
        is_shown = choice.pose is Pose.MOMENT and choice.at_s is None
        if is_shown and session.avatar is not self._avatar:
            raise AssetError(
                "The moment was shown in another hairstyle or by another avatar.", _OPEN_AGAIN
            )
        return ExportOrder(
            choice,
            session.avatar,
            None if project.hair_edits.is_empty else session.edited_hair,
            project.painting,
            self._frame,
            project.takes.get(choice.take),
            project.expression.motion(),
            self._picture() if choice.format is Format.HAIR else None,
        )

    def _picture(self) -> UInt8 | None:
        from app.handlers.groom_swapping import library_picture

        return library_picture(self._view)

    def _stop(self) -> None:
        self._runner.stop()
        if self._dialog is not None:
            self._dialog.show_stopped()

    def _leave_document(self) -> None:
        """Close what offers another document's takes; an export that runs is not stopped by it."""
        if self._dialog is not None and not self._runner.is_running:
            self._dialog.reject()

    def _closed(self) -> None:
        self._dialog = None
        self._avatar = self._frame = None
        self._runner.stop()

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(fraction, text)

    def _tell(self, report: ExportReport) -> None:
        self._context.preferences.remember(_FOLDER, str(self._folder))
        if self._dialog is not None:
            self._dialog.show_written(report)
        self.exported.emit(report)

    def _fail(self, error: AvatarError) -> None:
        if self._dialog is not None:
            self._dialog.show_error(error.message, error.hint)
