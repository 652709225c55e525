"""Import of the released EMOPortraits weights: folder, pieces, how far it is, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.files import VIDEO, ask_folder, ask_open
from app.dialogs.portrait_pieces import PortraitPieceList
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.fields import line
from app.workers.portrait_import import PortraitImport

if TYPE_CHECKING:
    from app.workers.portrait_import import PortraitImported, PortraitRelease

_ABOUT = (
    "The authors of EMOPortraits publish their trained weights. Fetch logs.zip and repos.zip from"
    " them yourself, unpack both into one folder, and choose that folder. The studio downloads"
    " nothing, executes nothing in it, and changes nothing there."
)
_FILM_TIP = (
    "A film of ten seconds or more in which one face does much. From it the model learns what"
    " sliders, takes and phones mean to it; without one, from renders of the demo avatar."
)
_READY = "Everything an import needs is there."
_TRY_AGAIN = "Nothing was saved or changed. Put it right, then import again."
_STEPS = 100


class ImportPortraitsDialog(QDialog):
    """Asks, shows progress, tells the outcome; looking and importing are done elsewhere."""

    folder_chosen = Signal(object)
    """Path of a folder that wants to be looked into."""
    import_requested = Signal(object)
    """A `PortraitImport`."""
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import EMOPortraits")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(84 * GRID_PX, 72 * GRID_PX)
        self._release: PortraitRelease | None = None
        self._is_running = self._is_done = False
        self.folder = QLineEdit(placeholderText="Folder around logs and repos")
        self.folder.setAccessibleName("Folder of the release")
        self.folder.editingFinished.connect(self._look)
        self._choose = icon_button("folder", "Choose a folder", self._ask_folder)
        self.film = QLineEdit(placeholderText="Film of a face to learn from (optional)")
        self.film.setAccessibleName("Film to learn from")
        self.film.setToolTip(_FILM_TIP)
        self._choose_film = icon_button("video", "Choose a film", self._ask_film)
        self.words, self._hint, self.step_words = _words(""), _words("dim"), _words("dim")
        self.pieces = PortraitPieceList()
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedHeight(GRID_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(_words("", _ABOUT))
        layout.addLayout(line(self.folder, self._choose))
        layout.addLayout(line(self.film, self._choose_film))
        layout.addWidget(self.words)
        layout.addWidget(self._hint)
        layout.addWidget(self.pieces, 1)
        layout.addWidget(self.step_words)
        layout.addWidget(self.progress)
        layout.addLayout(self._build_buttons())
        self._say("", "")
        self._set_running(False)

    # what is asked

    def set_folder(self, folder: Path) -> None:
        """Fill in a folder, and have it looked into."""
        self.folder.setText(str(folder))
        self._look()

    # what is told

    def show_release(self, release: PortraitRelease) -> None:
        """Tell what there is in the folder."""
        self._release = release
        self.pieces.show_pieces(release.pieces)
        self._say(release.problem or _READY, "", is_bad=bool(release.problem))
        self._show_buttons()

    def show_progress(self, fraction: float, text: str) -> None:
        if self._is_running:
            self.progress.setValue(round(fraction * _STEPS))
            self.step_words.setText(f"{text} …")

    def show_stopped(self) -> None:
        """Back to the question; everything stands as it was filled in."""
        self._set_running(False)
        self._say("The import was stopped; nothing was saved.", "")

    def show_error(self, message: str, hint: str) -> None:
        self._set_running(False)
        self._say(message, hint or _TRY_AGAIN, is_bad=True)

    def show_imported(self, imported: PortraitImported) -> None:
        """Tell what was made, and every note."""
        self._is_done = True
        self._set_running(False)
        self._say(f"{imported.name} is imported; portraits use it now.", " ".join(imported.notes))
        self.pieces.hide()
        self.adjustSize()

    @property
    def outcome(self) -> str:
        """The sentence below the folder, with its hint."""
        return f"{self.words.text()} {self._hint.text()}".strip()

    # acting

    def _build_buttons(self) -> QHBoxLayout:
        self.start_button, self.close_button = QPushButton("Import"), QPushButton("Close")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self._start)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self._stop_or_close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.start_button)
        row.addWidget(self.close_button)
        return row

    def _ask_folder(self) -> None:
        start = self.folder.text().strip() or Path.home()
        ask_folder(self, "Choose the folder around logs and repos", start, self.set_folder)

    def _ask_film(self) -> None:
        start = Path(self.film.text().strip() or Path.home()).parent
        ask_open(
            self, "Film to learn from", start, VIDEO, lambda path: self.film.setText(str(path))
        )

    def _look(self) -> None:
        wanted = self.folder.text().strip()
        known = None if self._release is None else self._release.folder
        if wanted and known != Path(wanted):
            self._release = None
            self._say("Looking into the folder …", "")
            self._show_buttons()
            self.folder_chosen.emit(Path(wanted))

    def _start(self) -> None:
        if self._release is not None and not self._release.problem:
            self._say("", "")
            self._set_running(True)
            self.show_progress(0.0, "Starting")
            film = self.film.text().strip()
            wanted = PortraitImport(self._release.folder, Path(film) if film else None)
            self.import_requested.emit(wanted)

    def _stop_or_close(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
        else:
            self.reject()

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        for field in (self.folder, self._choose, self.film, self._choose_film):
            field.setEnabled(not is_running)
        self.progress.setVisible(is_running)
        self.step_words.setVisible(is_running)
        self._show_buttons()

    def _show_buttons(self) -> None:
        is_ready = self._release is not None and not self._release.problem
        self.start_button.setVisible(not self._is_done)
        self.start_button.setEnabled(is_ready and not self._is_running)
        self.close_button.setText("Stop" if self._is_running else "Close")

    def _say(self, words: str, hint: str, *, is_bad: bool = False) -> None:
        for label, text in ((self.words, words), (self._hint, hint)):
            label.setText(text)
            label.setVisible(bool(text))
        self.words.setProperty("role", "warning" if is_bad else "")
        self.words.style().polish(self.words)


def _words(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
