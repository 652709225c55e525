"""Import of the released EMOPortraits weights: folder, pieces, how far it is, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.dialogs.files import VIDEO, ask_folder, ask_open
from app.dialogs.import_job import ImportJobDialog, selectable_words, set_role
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


class ImportPortraitsDialog(ImportJobDialog):
    """Asks for a folder, has it looked into, and asks for a `PortraitImport`."""

    folder_chosen = Signal(object)
    """Path of a folder that wants to be looked into."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Import EMOPortraits", parent)
        self.resize(84 * GRID_PX, 72 * GRID_PX)
        self._release: PortraitRelease | None = None
        self._is_done = False
        self.folder = QLineEdit(placeholderText="Folder around logs and repos")
        self.folder.setAccessibleName("Folder of the release")
        self.folder.editingFinished.connect(self._look)
        self._choose = icon_button("folder", "Choose a folder", self._ask_folder)
        self.film = QLineEdit(placeholderText="Film of a face to learn from (optional)")
        self.film.setAccessibleName("Film to learn from")
        self.film.setToolTip(_FILM_TIP)
        self._choose_film = icon_button("video", "Choose a film", self._ask_film)
        self._fields = (self.folder, self._choose, self.film, self._choose_film)
        self.pieces = PortraitPieceList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(selectable_words("", _ABOUT))
        layout.addLayout(line(self.folder, self._choose))
        layout.addLayout(line(self.film, self._choose_film))
        layout.addWidget(self.message)
        layout.addWidget(self.hint)
        layout.addWidget(self.pieces, 1)
        layout.addWidget(self.step_words)
        layout.addWidget(self.progress)
        layout.addLayout(self.buttons())
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

    def show_imported(self, imported: PortraitImported) -> None:
        """Tell what was made, and every note."""
        self._is_done = True
        self._set_running(False)
        self._say(f"{imported.name} is imported; portraits use it now.", " ".join(imported.notes))
        self.pieces.hide()
        self.adjustSize()

    # acting

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
            film = self.film.text().strip()
            self._request(PortraitImport(self._release.folder, Path(film) if film else None))

    def _show_buttons(self) -> None:
        is_ready = self._release is not None and not self._release.problem
        self.start_button.setVisible(not self._is_done)
        self.start_button.setEnabled(is_ready and not self._is_running)
        super()._show_buttons()

    def _say(self, message: str, hint: str, *, is_bad: bool = False) -> None:
        super()._say(message, hint)
        set_role(self.message, "warning" if is_bad else "")
