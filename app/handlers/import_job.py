"""What handlers of imports have in common: one dialog and one job in the background at a time."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject

from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from app.dialogs.import_job import ImportJobDialog
    from app.handlers.context import StudioContext
    from avatar_core.errors import AvatarError

DialogT = TypeVar("DialogT", bound="ImportJobDialog")


class ImportJobHandler(QObject, Generic[DialogT]):
    """One dialog and one job at a time; closing the dialog stops it.

    Subclasses make the dialog, start the job on `_runner`, and say what its result leads to.

    Args:
        context: the document.
    """

    def __init__(self, context: StudioContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._dialog: DialogT | None = None
        self._runner = TaskRunner("The import", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._finished)
        self._runner.failed.connect(self._failed)

    @property
    def dialog(self) -> DialogT | None:
        """The dialog that is open, if any."""
        return self._dialog

    def shutdown(self) -> None:
        """Stop the job and close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()
        self._runner.shutdown()

    @abstractmethod
    def _new_dialog(self) -> DialogT: ...

    @abstractmethod
    def _start(self, wanted: Any) -> None:
        """Start the job with what the dialog was filled in with."""

    @abstractmethod
    def _finished(self, result: Any) -> None:
        """The job has ended well."""

    def _opened(self) -> DialogT:
        """The dialog, made if there is none."""
        if self._dialog is None:
            dialog = self._dialog = self._new_dialog()
            dialog.import_requested.connect(self._start)
            dialog.stop_requested.connect(self._stop)
            dialog.finished.connect(self._closed)
        return self._dialog

    def _show(self, dialog: DialogT) -> None:
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _stop(self) -> None:
        self._runner.stop()
        if self._dialog is not None:
            self._dialog.show_stopped()

    def _closed(self) -> None:
        self._dialog = None
        self._runner.stop()

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(fraction, text)

    def _failed(self, error: AvatarError) -> None:
        if self._dialog is not None:
            self._dialog.show_error(error.message, error.hint)
