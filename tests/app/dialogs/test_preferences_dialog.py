from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialogButtonBox, QKeySequenceEdit

from app.dialogs.preferences import PreferencesDialog
from app.preferences import PreferenceValues

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_VALUES = PreferenceValues(
    device="cpu",
    threads=1,
    camera_width_px=800,
    camera_height_px=600,
    clip_fps=25,
    shortcuts={"edit.neutral": "F10"},
)


@pytest.fixture
def dialog(qtbot: QtBot) -> PreferencesDialog:
    widget = PreferencesDialog(_VALUES)
    qtbot.addWidget(widget)
    widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    widget.show()
    return widget


def _ok(dialog: PreferencesDialog) -> bool:
    button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    return bool(button.isEnabled())


def test_untouched_it_gives_back_what_it_was_given(dialog: PreferencesDialog) -> None:
    assert dialog.values == _VALUES


def test_edits_are_in_the_values_and_told_on_ok(qtbot: QtBot, dialog: PreferencesDialog) -> None:
    dialog.clip_fps.value_edited.emit(59.7)
    dialog.device.setCurrentIndex(dialog.device.findData("cuda"))
    dialog.recordings_folder.setText("/films")
    with qtbot.waitSignal(dialog.accepted_values) as told:
        dialog._accept()
    (values,) = told.args
    assert (values.clip_fps, values.device, values.recordings_folder) == (60, "cuda", "/films")


def test_threads_may_be_left_to_the_studio(dialog: PreferencesDialog) -> None:
    dialog.threads.value_edited.emit(0.0)
    assert dialog.threads.limits.text(dialog.threads.value) == "Automatic"
    assert dialog.values.threads == 0


def test_keys_in_use_are_told_and_keep_ok_away(dialog: PreferencesDialog) -> None:
    dialog.shortcuts.set_keys("edit.neutral", "Ctrl+Z")
    assert dialog.shortcuts.problem == "Ctrl+Z is used by Undo and Neutral expression."
    assert not _ok(dialog)
    dialog.shortcuts.set_keys("edit.neutral", "F12")
    assert dialog.shortcuts.problem == ""
    assert _ok(dialog)
    assert dialog.values.shortcuts == {"edit.neutral": "F12"}


def test_default_keys_are_no_override(dialog: PreferencesDialog) -> None:
    dialog.shortcuts.set_keys("edit.neutral", "n")
    assert dialog.values.shortcuts == {}
    dialog.shortcuts.set_keys("edit.undo", "")
    assert dialog.values.shortcuts == {"edit.undo": ""}
    dialog.shortcuts.restore_all()
    assert dialog.values.shortcuts == {}


def test_recorded_keys_go_to_the_chosen_action(dialog: PreferencesDialog) -> None:
    dialog.shortcuts.choose("perform.loop")
    keys = dialog.shortcuts.findChild(QKeySequenceEdit)
    assert keys.keySequence().toString() == "L"
    keys.setKeySequence(QKeySequence("Ctrl+L"))
    assert dialog.values.shortcuts["perform.loop"] == "Ctrl+L"
