"""The session as Qt sees it: its signals, and nothing else of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from avatar_core.errors import AvatarError
    from avatar_core.project import Change
    from avatar_core.session import Session


class QtSession(QObject):
    """Turns the core's signals into Qt signals. Everything happens on the GUI thread.

    Args:
        session: what is shown; lives as long as the window.
        parent: the owner.
    """

    changed = Signal(object)
    """A `Change`: the parts an edit touched."""
    replaced = Signal()
    """Another project is open: everything may differ."""
    warned = Signal(object)
    """An `AvatarError` that kept nothing from being opened."""
    safety_changed = Signal()
    """Edits are, or are no longer, safe from a crash. Told on any thread."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._disconnects = (
            session.changed.connect(self._tell_changed),
            session.replaced.connect(self._tell_replaced),
            session.warned.connect(self._tell_warned),
            session.safety_changed.connect(self._tell_safety),
        )

    def close(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnects:
            disconnect()

    def _tell_changed(self, change: Change) -> None:
        self.changed.emit(change)

    def _tell_replaced(self, _project: object) -> None:
        self.replaced.emit()

    def _tell_warned(self, error: AvatarError) -> None:
        self.warned.emit(error)

    def _tell_safety(self, _nothing: object) -> None:
        self.safety_changed.emit()
