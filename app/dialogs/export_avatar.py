"""Export of the avatar: formats, what can be said of each, how far it is, what came of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.export_options import ExportOptions
from app.dialogs.files import FileKind, ask_folder, ask_save
from app.dialogs.import_job import selectable_words, set_role
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import icon_button
from app.widgets.fields import line
from app.workers.avatar_export import ExportChoice
from avatar_core.exchange.formats import FORMATS, Format, Pose
from avatar_core.io.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.dialogs.export_options import TakeChoice
    from avatar_core.exchange.export_report import ExportReport

_STEPS = 100
_LIST_PX = 25 * GRID_PX
_STOPPED = "The export was stopped; unless it was just done, nothing was written."


class ExportAvatarDialog(QDialog):
    """Asks what is to be written and where, and asks for an `ExportChoice`.

    Args:
        name: of the avatar, which suggests names of files.
        folder: where files are suggested.
        takes: of the project, the one in hand first.
        is_shown: there is a moment that is shown now.
        parent: the window.
    """

    export_requested = Signal(object)
    """An `ExportChoice`."""
    stop_requested = Signal()

    def __init__(
        self,
        name: str,
        folder: Path,
        takes: Sequence[TakeChoice],
        *,
        is_shown: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export avatar")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(92 * GRID_PX, 66 * GRID_PX)
        self._name, self._folder = safe_name(name), folder
        self._is_running = False
        self._written: Path | None = None
        self._suggested = ""
        self.formats = _format_list()
        self.title, self.about = selectable_words("title"), selectable_words("")
        self.options = ExportOptions(takes, is_shown=is_shown)
        self.path = QLineEdit()
        self.path.setAccessibleName("File or folder to write")
        self._browse = icon_button("folder", "Choose where to write", self._ask_path)
        self.target_words = selectable_words("dim")
        self.message, self.notes = selectable_words("heading"), selectable_words("")
        self.step_words = selectable_words("dim")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedHeight(GRID_PX)
        self.export_button, self.close_button = QPushButton("Export"), QPushButton("Close")
        self.show_button = QPushButton("Show in folder")
        self._lay_out()
        self.formats.currentRowChanged.connect(self._choose_format)
        self.options.changed.connect(self._refresh)
        self.path.textChanged.connect(self._refresh)
        self.export_button.clicked.connect(lambda: self.export_requested.emit(self.choice))
        self.close_button.clicked.connect(self._stop_or_close)
        self.show_button.clicked.connect(self._show_written)
        self.formats.setCurrentRow(0)
        self._set_running(False)

    # what is asked

    def choose(self, format: Format, pose: Pose = Pose.REST, *, is_shown: bool = False) -> None:
        """Choose a format and when, if it can hold that."""
        self.formats.setCurrentRow(list(FORMATS).index(format))
        self.options.choose_when(pose, is_shown=is_shown)

    @property
    def format(self) -> Format:
        return list(FORMATS)[max(self.formats.currentRow(), 0)]

    @property
    def choice(self) -> ExportChoice:
        """What the dialog says now."""
        options = self.options
        return ExportChoice(
            self.format,
            self._path,
            options.pose,
            options.at_s,
            options.take_id,
            options.frames,
            str(options.axes.currentData()),
            options.with_hair.isChecked(),
        )

    # what is told

    def show_begun(self) -> None:
        self._say("", "")
        self._written = None
        self._set_running(True)
        self.show_progress(0.0, "Starting")

    def show_progress(self, fraction: float, text: str) -> None:
        """How far the export is; nothing while none is running."""
        if self._is_running:
            self.progress.setValue(round(fraction * _STEPS))
            self.step_words.setText(f"{text} …")

    def show_written(self, report: ExportReport) -> None:
        """Tell what was written, and every note."""
        self._written = report.folder
        self._set_running(False)
        self._say(f"Wrote {report.listed}", "\n\n".join(report.notes))

    def show_stopped(self) -> None:
        self._set_running(False)
        self._say(_STOPPED, "")

    def show_error(self, message: str, hint: str) -> None:
        self._set_running(False)
        self._say(message, hint, role="warning")

    # how

    def _lay_out(self) -> None:
        told = QWidget()
        told.setObjectName("scrolled")
        column = QVBoxLayout(told)
        column.setContentsMargins(0, 0, GRID_PX, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.message)
        column.addWidget(self.notes)
        column.addStretch(1)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(told)
        right = QVBoxLayout()
        right.setSpacing(GRID_PX)
        right.addWidget(self.title)
        right.addWidget(self.about)
        right.addSpacing(GRID_PX)
        right.addWidget(self.options)
        right.addLayout(line(self.path, self._browse))
        right.addWidget(self.target_words)
        right.addWidget(scrolled, 1)
        body = QHBoxLayout()
        body.setSpacing(GRID_PX * 2)
        body.addWidget(self.formats)
        body.addLayout(right, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_button)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.close_button)
        self.export_button.setDefault(True)
        for button in (self.close_button, self.show_button):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addLayout(body, 1)
        layout.addWidget(self.step_words)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)

    @property
    def _path(self) -> Path:
        path = Path(self.path.text().strip())
        with suppress(RuntimeError):  # "~" and a name that is no user's
            path = path.expanduser()
        return path

    @property
    def _is_folder(self) -> bool:
        return not FORMATS[self.format].suffix or self.options.pose is Pose.SEQUENCE

    def _choose_format(self) -> None:
        kind = FORMATS[self.format]
        self.title.setText(kind.title)
        self.about.setText(kind.about)
        self.options.set_format(self.format)
        self._say("", "")
        self._written = None
        self.show_button.hide()

    def _refresh(self) -> None:
        """Suggest a name, unless the user gave one, and say what would happen to it."""
        if self.path.text() in {"", self._suggested}:
            suggested = str(self._folder / self._suggestion())
            if suggested != self._suggested:
                self._suggested = suggested
                self.path.setText(suggested)
                return  # which brings us back here
        words, is_possible = self._outlook()
        self.target_words.setText(words)
        set_role(self.target_words, "dim" if is_possible else "warning")
        self.export_button.setEnabled(is_possible and not self._is_running)

    def _suggestion(self) -> str:
        kind = FORMATS[self.format]
        manner = {Pose.MOMENT: " posed", Pose.SEQUENCE: " frames"}.get(self.options.pose, "")
        what = " hair" if kind.is_gaussians else ""
        if self._is_folder:
            what = what or f" {self.format}"
            return f"{self._name}{what}{manner}"
        return f"{self._name}{what}{manner}{kind.suffix}"

    def _outlook(self) -> tuple[str, bool]:
        """What would happen, and whether it can."""
        if self.options.missing:
            return self.options.missing, False
        if not self.path.text().strip():
            return "Choose where to write.", False
        try:
            return self._target_outlook(self._path)
        except OSError as error:  # a name too long, a folder that others may not look into
            return f"Nothing can be written there: {error.strerror}.", False

    def _target_outlook(self, path: Path) -> tuple[str, bool]:
        kind = FORMATS[self.format]
        if self._is_folder:
            if path.exists() and not (path.is_dir() and not any(path.iterdir())):
                return "There is something in this folder already: choose a new one.", False
            return "A new folder.", True
        if path.suffix.lower() != kind.suffix:
            return f"The name has to end in {kind.suffix}.", False
        if not path.parent.is_dir():
            return f"There is no folder {path.parent}.", False
        if path.exists():
            return f"{path.name} is there already and will be replaced.", True
        return "A new file.", True

    def _ask_path(self) -> QFileDialog:
        if self._is_folder:
            return ask_folder(self, "Choose a new or empty folder", self._folder, self._take_path)
        kind = FORMATS[self.format]
        wanted = FileKind(kind.title.partition(" (")[0], (kind.suffix.removeprefix("."),))
        return ask_save(self, "Export avatar", self._path, wanted, self._take_path)

    def _take_path(self, path: Path) -> None:
        self._folder = path if self._is_folder else path.parent
        self.path.setText(str(path))

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        for field in (self.formats, self.options, self.path, self._browse):
            field.setEnabled(not is_running)
        self.progress.setVisible(is_running)
        self.step_words.setVisible(is_running)
        self.close_button.setText("Stop" if is_running else "Close")
        self.show_button.setVisible(self._written is not None)
        self._refresh()

    def _say(self, message: str, notes: str, *, role: str = "heading") -> None:
        self.message.setText(message)
        self.notes.setText(notes)
        set_role(self.message, role)

    def _show_written(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written)))

    def _stop_or_close(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
        else:
            self.reject()


def _format_list() -> QListWidget:
    formats = QListWidget()
    formats.setAccessibleName("Format")
    formats.setFixedWidth(_LIST_PX)
    for kind in FORMATS.values():
        item = QListWidgetItem(kind.title)
        item.setToolTip(kind.about)
        item.setSizeHint(QSize(0, ROW_PX))
        formats.addItem(item)
    return formats
