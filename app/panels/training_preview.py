"""The live preview: capture, avatar and difference of a frame that is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.panel import Panel
from app.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.training.run_record import PreviewNote

_EMPTY = (
    "While an avatar is trained, it is shown here against a picture it never learns from,"
    " about once a minute."
)
_CAPTIONS = ("Capture", "Avatar", "Difference, four-fold")


class TrainingPreviewPanel(Panel):
    """Shows the newest preview of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notes: list[PreviewNote] = []
        self.picture = PictureView(_EMPTY, _CAPTIONS)
        self._words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.picture, stretch=1)
        layout.addWidget(self._words)

    def clear(self) -> None:
        """No run is shown."""
        self._notes = []
        self.picture.say(_EMPTY)
        self._words.hide()

    def show_run(self, path: Path, notes: Sequence[PreviewNote]) -> None:
        """Show the last preview of a run that is taken up again."""
        self.clear()
        self._notes = list(notes[:-1])
        if notes:
            self.show_preview(path, notes[-1])

    def show_preview(self, path: Path, note: PreviewNote) -> None:
        """Show a new preview; one that cannot be read leaves the last one in its place."""
        image = _read(path)
        if image.isNull():
            return
        self.picture.show_picture(image)
        self._words.setText(_about(note, self._notes))
        self._words.show()
        self._notes.append(note)

    @property
    def words(self) -> str:
        """What is said about the preview."""
        return self._words.text()


def _read(path: Path) -> QImage:
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    return reader.read()


def _about(note: PreviewNote, before: Sequence[PreviewNote]) -> str:
    gain = ""
    earlier = [each for each in before if each.frame == note.frame]
    if earlier:
        gain = f" ({note.psnr_masked_db - earlier[-1].psnr_masked_db:+.1f})"
    kind = "held-out frame" if note.held_out else "frame it learns from, as none is held out:"
    return (
        f"{note.stage.capitalize()} stage, step {note.step:,}:  {note.psnr_masked_db:.1f} dB"
        f"{gain} on the person  ·  {kind} {note.frame}"
    )
