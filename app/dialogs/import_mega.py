"""Import of an official MeGA run: folders, what is missing, how far it is, what came of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.flame_checklist import FlameChecklist
from app.dialogs.import_job import ImportJobDialog, selectable_words, set_role
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.workers.mega_import import MegaImport
from avatar_core.io.flame_sources import (
    FLAME_FILES,
    flame_folder,
    lacking_flame_files,
    look_for_flame_files,
)
from avatar_core.io.official_run import missing_run_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.mega_import import MegaImported

_ABOUT = (
    "Choose the folder that training with the published MeGA code has written, and the folder with"
    " your own FLAME files. Nothing in them is executed or changed."
)
_NO_DOWNLOAD = (
    "FLAME and what belongs to it are licensed to you by their makers. The studio never downloads"
    " licensed files: get the missing ones from the places named below and put them into one"
    " folder."
)


class ImportMegaDialog(ImportJobDialog):
    """Asks for the folders of a run and of FLAME, and asks for a `MegaImport`.

    Args:
        avatars: folder that the avatar will be saved into.
        parent: the window.
    """

    def __init__(self, avatars: Path, parent: QWidget | None = None) -> None:
        super().__init__("Import MeGA avatar", parent)
        self.resize(88 * GRID_PX, 84 * GRID_PX)
        self.runs_folder = ""
        self._avatars = avatars
        self._is_ready = False
        self._pages = QStackedWidget()
        self._form = self._build_form()
        self._pages.addWidget(self._form)
        self._pages.addWidget(self._build_report())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(self._pages, stretch=1)
        layout.addWidget(self._build_outcome())
        layout.addLayout(self.buttons())
        self.refresh()

    # what is asked

    def set_run(self, folder: Path) -> None:
        """Fill in a run; its name becomes the avatar's."""
        self._pages.setCurrentWidget(self._form)
        self._say("", "")
        self.run_folder.setText(str(folder))
        self.name.setText(folder.name)
        self.refresh()

    def set_flame(self, folder: Path) -> None:
        self.flame_files.setText(str(folder))

    @property
    def wanted(self) -> MegaImport:
        """What the dialog says now."""
        flame = self.flame_files.text().strip()
        return MegaImport(
            Path(self.run_folder.text().strip()),
            Path(flame) if flame else flame_folder(),
            self.name.text().strip(),
            self._avatars,
        )

    def refresh(self) -> None:
        """Look again at what lies in the folders."""
        wanted = self.wanted
        has_run = bool(self.run_folder.text().strip())
        missing_of_run = missing_run_files(wanted.run) if has_run else ()
        found = look_for_flame_files(wanted.flame)
        needed = lacking_flame_files(found)
        self.checklist.show_found(found)
        self.flame_words.setText(_flame_words(len(found), len(needed)))
        if not has_run:
            self.run_words.setText("Holds checkpoint_*.pth, params.yaml and flame_params.npz.")
        elif missing_of_run:
            names = "; ".join(str(file) for file in missing_of_run)
            self.run_words.setText(f"Missing in this folder: {names}.")
        else:
            self.run_words.setText("Everything an import needs is there.")
        set_role(self.run_words, "warning" if missing_of_run else "dim")
        set_role(self.flame_words, "warning" if needed else "dim")
        self._is_ready = has_run and not missing_of_run and not needed
        self._show_buttons()

    # what is told

    def show_error(self, message: str, hint: str) -> None:
        super().show_error(message, hint)
        self.refresh()

    def show_imported(self, imported: MegaImported) -> None:
        """Tell what was made, and every warning."""
        self._set_running(False)
        self.report_title.setText(f"{imported.name} is imported")
        self.report_path.setText(
            f"Saved as {imported.path}. It is in the library and comes onto the stage;"
            f" undo brings the former avatar back. Its hair has {imported.gaussians:,} Gaussians."
        )
        self.report_words.setText("\n\n".join(imported.warnings))
        self._pages.setCurrentIndex(1)
        self._show_buttons()

    # building

    def _build_form(self) -> QWidget:
        page = QWidget()
        self.run_folder, self.flame_files, self.name = QLineEdit(), QLineEdit(), QLineEdit()
        self.run_folder.setPlaceholderText("Folder with the checkpoint")
        self.flame_files.setPlaceholderText(str(flame_folder()))
        self.name.setPlaceholderText("Name of the run")
        self.run_folder.textEdited.connect(self.refresh)
        self.flame_files.textChanged.connect(self.refresh)
        self.run_words, self.flame_words = selectable_words("dim"), selectable_words("dim")
        self.checklist = FlameChecklist()
        run_row = _folder_row(self.run_folder, self._choose_run)
        flame_row = _folder_row(self.flame_files, self._choose_flame)
        self._fields = (run_row, self.name, flame_row)
        form = QGridLayout()  # a form layout gives words that wrap too much height
        form.setHorizontalSpacing(GRID_PX * 2)
        form.setVerticalSpacing(GRID_PX // 2)
        form.setColumnStretch(1, 1)
        rows = (
            ("MeGA run", run_row), ("", self.run_words), ("Name", self.name),
            ("FLAME files", flame_row), ("", self.flame_words),
        )  # fmt: skip
        for row, (title, field) in enumerate(rows):
            label = QLabel(title)
            label.setProperty("role", "dim")
            form.addWidget(label, row, 0, Qt.AlignmentFlag.AlignRight)
            form.addWidget(field, row, 1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(selectable_words("", _ABOUT))
        layout.addLayout(form)
        layout.addWidget(selectable_words("", _NO_DOWNLOAD))
        layout.addWidget(self.checklist, stretch=1)
        return page

    def _build_report(self) -> QWidget:
        content = QWidget()
        content.setObjectName("scrolled")
        self.report_title, self.report_path = selectable_words("title"), selectable_words("")
        self.report_words = selectable_words("")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, GRID_PX, 0)
        column.setSpacing(GRID_PX * 2)
        column.addWidget(self.report_title)
        column.addWidget(self.report_path)
        column.addWidget(selectable_words("heading", "Good to know"))
        column.addWidget(self.report_words)
        column.addStretch(1)
        page = QScrollArea()
        page.setWidgetResizable(True)
        page.setWidget(content)
        return page

    def _build_outcome(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX // 2)
        for part in (self.message, self.hint, self.step_words, self.progress):
            column.addWidget(part)
        return box

    # acting

    def _choose_run(self) -> None:
        start = self.run_folder.text() or self.runs_folder or str(Path.home())
        self._choose("Choose the folder of a MeGA run", start).fileSelected.connect(
            lambda folder: self.set_run(Path(folder))
        )

    def _choose_flame(self) -> None:
        start = self.flame_files.text()
        self._choose("Choose the folder with your FLAME files", start).fileSelected.connect(
            self.flame_files.setText
        )

    def _choose(self, title: str, start: str) -> QFileDialog:
        existing = start if os.path.isdir(start) else str(Path.home())  # noqa: PTH112 - never raises
        dialog = QFileDialog(self, title, existing)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _start(self) -> None:
        self._request(self.wanted)

    def _show_buttons(self) -> None:
        is_asking = self._pages.currentWidget() is self._form
        self.start_button.setVisible(is_asking)
        self.start_button.setEnabled(self._is_ready and not self._is_running)
        super()._show_buttons()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        # Whoever comes back from the file manager has put a missing file there.
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.refresh()
        super().changeEvent(event)


def _folder_row(field: QLineEdit, choose: Callable[[], object]) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GRID_PX // 2)
    line.addWidget(field, stretch=1)
    line.addWidget(icon_button("folder", "Choose a folder", choose))
    return row


def _flame_words(found: int, needed: int) -> str:
    missing = len(FLAME_FILES) - found
    if missing == 0:
        return f"All {found} files are there."
    if needed == 0:
        are = "one is" if missing == 1 else "ones are"
        return f"All needed files are there; {missing} optional {are} missing."
    are, they = ("file is", "it is") if needed == 1 else ("files are", "they are")
    return f"{needed} needed {are} missing; the import can start once {they} there."
