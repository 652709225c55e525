"""How the camera moves in a rendered film: it stands, turns round the head, or takes a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import number
from avatar_core.errors import RecordingError
from avatar_core.recording.camera_path import (
    CameraKey,
    CameraPath,
    CameraPlan,
    Ease,
    FramedView,
    Turntable,
)

if TYPE_CHECKING:
    from avatar_core.project import CameraBookmark

_LONGEST_S = 36_000.0
_USUAL_S = 10.0
_EASES = (
    (Ease.SMOOTH, "smooth"),
    (Ease.LINEAR, "steady"),
    (Ease.HOLD, "cut"),
)
_NOW, _FRONT, _TURN, _PATH = "now", "front", "turn", "path"


class CameraMove(QWidget):
    """A choice, and below it what it needs to know.

    Args:
        view: what the viewport shows.
        bookmarks: of the project, by id.
    """

    changed = Signal()

    def __init__(
        self,
        view: CameraBookmark,
        bookmarks: dict[str, CameraBookmark],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._bookmarks = view, bookmarks
        self.choice = QComboBox()
        self.choice.setAccessibleName("Camera")
        self.choice.addItem("As I see it now", _NOW)
        self.choice.addItem("From the front", _FRONT)
        self.choice.addItem("Turntable, from what I see now", _TURN)
        if len(bookmarks) > 1:
            self.choice.addItem("Through bookmarks", _PATH)
        for bookmark_id, bookmark in bookmarks.items():
            self.choice.addItem(f"Bookmark: {bookmark.name}", bookmark_id)
        turn = NumberRange(0.5, _LONGEST_S, _USUAL_S, 0.5, 1, suffix=" s")
        self.turn_s = number(turn, "A turn takes", "Seconds for once round the head")
        self.turn_s.set_value(_USUAL_S)
        self.keys = {bookmark_id: _Key(name.name) for bookmark_id, name in bookmarks.items()}
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX // 2)
        grid.setColumnStretch(0, 1)
        for row, key in enumerate(self.keys.values()):
            for column, field in enumerate((key.is_used, key.time_s, key.ease)):
                grid.addWidget(field, row, column)
            key.is_used.toggled.connect(self.changed)
            key.time_s.value_edited.connect(key.time_s.set_value)
            key.time_s.value_edited.connect(self.changed)
            key.ease.currentIndexChanged.connect(self.changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.choice)
        layout.addWidget(self.turn_s)
        layout.addWidget(self._rows)
        self.turn_s.value_edited.connect(self.turn_s.set_value)
        self.turn_s.value_edited.connect(self.changed)
        self.choice.currentIndexChanged.connect(self._follow)
        self._follow()

    def set_duration(self, duration_s: float | None) -> None:
        """Spread the bookmarks evenly over a performance; a turn takes all of it."""
        length_s = duration_s or _USUAL_S
        self.turn_s.set_value(max(length_s, 0.5))
        for place, key in enumerate(self.keys.values()):
            key.time_s.set_value(length_s * place / max(len(self.keys) - 1, 1))

    def plan(self, duration_s: float | None) -> CameraPlan:
        """Where the film is seen from.

        Raises:
            RecordingError: two bookmarks at one moment, or none.
        """
        kind = self.choice.currentData()
        if kind == _NOW:
            return self._view
        if kind == _FRONT:
            return FramedView()
        if kind == _TURN:
            return Turntable(self.turn_s.value, self._view)
        if kind != _PATH:
            return self._bookmarks[kind]
        keys = sorted(
            (
                CameraKey(
                    key.time_s.value, self._bookmarks[bookmark_id], Ease(key.ease.currentData())
                )
                for bookmark_id, key in self.keys.items()
                if key.is_used.isChecked()
            ),
            key=lambda each: each.time_s,
        )
        if not keys:
            raise RecordingError("The camera goes through no bookmark.", "Choose one at least.")
        try:
            return CameraPath(tuple(keys))
        except ValueError as reason:
            raise RecordingError(
                "The camera can be at one bookmark at a time.", "Give each its own moment."
            ) from reason

    def _follow(self) -> None:
        kind = self.choice.currentData()
        self.turn_s.setVisible(kind == _TURN)
        self._rows.setVisible(kind == _PATH)
        self.changed.emit()


class _Key:
    """The fields of one bookmark on a path."""

    def __init__(self, name: str) -> None:
        self.is_used = QCheckBox(name)
        self.is_used.setChecked(True)
        moment = NumberRange(0.0, _LONGEST_S, 0.0, 0.1, 2, suffix=" s")
        self.time_s: DragNumber = number(moment, "at", f"When the camera is at {name}")
        self.ease = QComboBox()
        self.ease.setAccessibleName(f"How the camera leaves {name}")
        self.ease.setToolTip("How the camera goes on to the next bookmark")
        for ease, title in _EASES:
            self.ease.addItem(title, ease)
