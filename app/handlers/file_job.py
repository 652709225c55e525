"""FileJob: one piece of work on a project's files, with a dialog that shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.dialogs.file_job import FileJobDialog
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError


class FileJob(QObject):
    """Runs one job at a time; stopping it leaves everything as it was.

    Args:
        context: the document and the ways to speak to the user.
        name: of the work, for the log.
    """

    def __init__(self, context: StudioContext, name: str) -> None:
        super().__init__(context.window)
        self._context = context
        self._dialog: FileJobDialog | None = None
        self._then: Callable[[Any], object] | None = None
        self._runner = TaskRunner(name, self)
        self._runner.progressed.connect(self._show)
        self._runner.finished.connect(self._finish)
        self._runner.failed.connect(self._fail)
        self._runner.cancelled.connect(self._close)

    @property
    def dialog(self) -> FileJobDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    def run(
        self, title: str, work: Callable[[TaskContext], Any], then: Callable[[Any], object]
    ) -> None:
        """Work in the background; `then` gets the result, unless it was stopped or failed."""
        self._close()
        self._then = then
        dialog = self._dialog = FileJobDialog(title, self._context.window)
        dialog.stop_requested.connect(self._runner.stop)
        dialog.open()
        self._runner.start(work)

    def shutdown(self) -> None:
        """Stop, and wait."""
        self._close()
        self._runner.shutdown()

    def _show(self, fraction: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(fraction, text)

    def _finish(self, result: object) -> None:
        then = self._then
        self._close()
        if then is not None:
            then(result)

    def _fail(self, error: AvatarError) -> None:
        self._close()
        self._context.errors.show(error)

    def _close(self) -> None:
        dialog, self._dialog, self._then = self._dialog, None, None
        if dialog is not None:
            dialog.stop_requested.disconnect(self._runner.stop)
            dialog.accept()
