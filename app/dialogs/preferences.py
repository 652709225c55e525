"""The preferences dialog: device, folders, saving, camera, clips, shortcuts."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.shortcut_editor import ShortcutEditor
from app.preferences import MOST_HISTORY_MB
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange

if TYPE_CHECKING:
    from app.preferences import PreferenceValues

_DEVICES = (("Automatic", "auto"), ("Processor (CPU)", "cpu"), ("Graphics card (CUDA)", "cuda"))
_CAMERA_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_RATE = NumberRange(1, 120, 30, 1, 0, suffix=" pictures a second")
_COUNTDOWN = NumberRange(1, 30, 3, 1, 0, suffix=" seconds")
_AUTOSAVE = NumberRange(0, 120, 5, 1, 0, suffix=" minutes", least_text="Never")
_KEPT = NumberRange(1, 200, 10, 1, 0, suffix=" versions")
_HISTORY = NumberRange(0, MOST_HISTORY_MB, 64, 1, 0, suffix=" MB", least_text="None")
_CLIP_SIZES = ((512, 512), (1280, 720), (1920, 1080), (1080, 1920), (1080, 1080), (3840, 2160))


class PreferencesDialog(QDialog):
    """Edits a copy of the preferences; nothing is applied before OK."""

    accepted_values = Signal(object)
    """The `PreferenceValues` wanted."""

    def __init__(self, values: PreferenceValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(70 * GRID_PX, 60 * GRID_PX)
        self._values = values
        self.shortcuts = ShortcutEditor(values.shortcuts)
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self._general(), "General")
        tabs.addTab(self._saving(), "Saving")
        tabs.addTab(self._recording(), "Camera and clips")
        tabs.addTab(self.shortcuts, "Shortcuts")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self.shortcuts.changed.connect(self._check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 2)
        layout.addWidget(tabs)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(GRID_PX * 2, 0, GRID_PX * 2, 0)
        bottom.addWidget(self._buttons)
        layout.addLayout(bottom)

    @property
    def values(self) -> PreferenceValues:
        """What the dialog says now."""
        camera, clip = self.camera_size.currentData(), self.clip_size.currentData()
        return replace(
            self._values,
            device=self.device.currentData(),
            threads=round(self.threads.value),
            projects_folder=self.projects_folder.text(),
            recordings_folder=self.recordings_folder.text(),
            camera_width_px=camera[0],
            camera_height_px=camera[1],
            camera_fps=round(self.camera_fps.value),
            clip_width_px=clip[0],
            clip_height_px=clip[1],
            clip_fps=round(self.clip_fps.value),
            autosave_minutes=round(self.autosave.value),
            autosave_keep=round(self.kept.value),
            history_mb=round(self.history.value),
            countdown_s=round(self.countdown.value),
            shortcuts=self.shortcuts.overrides,
        )

    def _general(self) -> QWidget:
        self.device = QComboBox()
        for label, device in _DEVICES:
            self.device.addItem(label, device)
        self.device.setCurrentIndex(self.device.findData(self._values.device))
        self.threads = _whole_number(
            self._values.threads,
            NumberRange(0, os.cpu_count() or 1, 0, 1, 0, least_text="Automatic"),
        )
        self.projects_folder = QLineEdit(self._values.projects_folder)
        self.recordings_folder = QLineEdit(self._values.recordings_folder)
        form = _Form()
        form.add("Device", self.device, "Where neural networks run. Takes effect at the next start")
        form.add("Processor threads", self.threads, "For face tracking and networks")
        form.add("Projects", self._folder_row(self.projects_folder), "Where projects are saved")
        form.add("Recordings", self._folder_row(self.recordings_folder), "Where clips are written")
        return form

    def _saving(self) -> QWidget:
        self.autosave = _whole_number(self._values.autosave_minutes, _AUTOSAVE)
        self.kept = _whole_number(self._values.autosave_keep, _KEPT)
        self.history = _whole_number(self._values.history_mb, _HISTORY)
        form = _Form()
        form.add(
            "Keep a version every",
            self.autosave,
            "While there are unsaved changes; see File → Open earlier version",
        )
        form.add("Keep", self.kept, "Of every project; older ones are removed")
        form.add(
            "History in projects",
            self.history,
            "How many of the latest steps are saved with a project, so that undo works after it is"
            " opened again",
        )
        return form

    def _recording(self) -> QWidget:
        values = self._values
        self.camera_size = _size_box(
            _CAMERA_SIZES, (values.camera_width_px, values.camera_height_px)
        )
        self.camera_fps = _whole_number(values.camera_fps, _RATE)
        self.clip_size = _size_box(_CLIP_SIZES, (values.clip_width_px, values.clip_height_px))
        self.clip_fps = _whole_number(values.clip_fps, _RATE)
        self.countdown = _whole_number(values.countdown_s, _COUNTDOWN)
        form = _Form()
        form.add("Camera picture", self.camera_size, "What a camera is asked for")
        form.add("Camera rate", self.camera_fps, "What a camera is asked for")
        form.add("Clip picture", self.clip_size, "Size of recorded clips")
        form.add("Clip rate", self.clip_fps, "Rate of recorded clips")
        form.add("Countdown", self.countdown, "Before a calibration with countdown")
        return form

    def _folder_row(self, field: QLineEdit) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID_PX // 2)
        line.addWidget(field, stretch=1)
        line.addWidget(icon_button("folder", "Choose a folder", lambda: self._choose(field)))
        return row

    def _choose(self, field: QLineEdit) -> None:
        dialog = QFileDialog(self, "Choose a folder", field.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(field.setText)
        dialog.open()

    def _check(self) -> None:
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(not self.shortcuts.problem)
        ok.setToolTip(self.shortcuts.problem)

    def _accept(self) -> None:
        self.accepted_values.emit(self.values)
        self.accept()


class _Form(QWidget):
    """Labelled rows, each with a tool tip on both sides."""

    def __init__(self) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        self._form.setVerticalSpacing(GRID_PX)
        self._form.setHorizontalSpacing(GRID_PX * 2)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def add(self, name: str, field: QWidget, tip: str) -> None:
        label = QLabel(name)
        label.setProperty("role", "dim")
        label.setToolTip(tip)
        field.setToolTip(tip)
        self._form.addRow(label, field)


def _whole_number(value: int, limits: NumberRange) -> DragNumber:
    """A number that keeps what it is asked for, in whole steps."""
    number = DragNumber(limits)
    number.value_edited.connect(lambda wanted: number.set_value(float(round(wanted))))
    number.set_value(float(value))
    return number


def _size_box(sizes: tuple[tuple[int, int], ...], current: tuple[int, int]) -> QComboBox:
    box = QComboBox()
    for size in dict.fromkeys((*sizes, current)):
        box.addItem(f"{size[0]} x {size[1]}", size)
    box.setCurrentIndex(box.findText(f"{current[0]} x {current[1]}"))
    return box
