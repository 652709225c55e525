"""The seconds between asking for a recording and its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext

_SECOND_MS = 1000
_WANTED = "take.countdown"


class RecordingCountdown(QObject):
    """Counts down where the user wants it, and then begins; cancelled, it never does.

    Whether there is a countdown is remembered; how long it is stands in the preferences.

    Args:
        context: has the action that turns it on, and the preferences.
        show: is told the seconds that are left, at last 0.
        parent: owns it.
    """

    def __init__(
        self, context: StudioContext, show: Callable[[int], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._show = show
        self._left = 0
        self._then: Callable[[], object] | None = None
        self._timer = QTimer(self, interval=_SECOND_MS)
        self._timer.timeout.connect(self._tick)
        self._wanted = context.actions[_WANTED]
        self._wanted.setChecked(context.preferences.remembered("countdown") is True)
        self._wanted.toggled.connect(self._remember)

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def start(self, then: Callable[[], object]) -> None:
        """Do it after the countdown; at once without one."""
        if not self._wanted.isChecked():
            then()
            return
        self._left, self._then = self._context.preferences.values.countdown_s, then
        self._show(self._left)
        self._timer.start()

    def cancel(self) -> None:
        """Do nothing after all."""
        if self._timer.isActive():
            self._timer.stop()
            self._show(0)
        self._then = None

    def _tick(self) -> None:
        self._left -= 1
        self._show(self._left)
        if self._left <= 0:
            then = self._then
            self.cancel()
            if then is not None:
                then()

    def _remember(self, is_on: bool) -> None:
        self._context.preferences.remember("countdown", is_on)
