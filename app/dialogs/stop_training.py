"""The question what becomes of a run that is stopped."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

_Role = QMessageBox.ButtonRole


class AfterStop(Enum):
    """What becomes of a run once it has ended."""

    PAUSE = "pause"
    KEEP = "keep"
    DISCARD = "discard"


def ask_stop(
    parent: QWidget, name: str, reached: str, then: Callable[[AfterStop], object]
) -> QMessageBox:
    """Ask; `then` gets the answer, unless the run shall go on. The window stays usable.

    Args:
        parent: the window.
        name: of the avatar.
        reached: what would be lost, e.g. "1,200 steps, 20 min of training".
        then: gets KEEP or DISCARD.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("Cancel training")
    box.setText(f"Stop training “{name}”?")
    box.setInformativeText(
        f"Reached so far: {reached}. A run that is kept can be resumed at any time; one that is"
        " thrown away is gone."
    )
    keep = box.addButton("Stop and keep", _Role.AcceptRole)
    discard = box.addButton("Throw away", _Role.DestructiveRole)
    box.addButton("Go on training", _Role.RejectRole)
    box.setDefaultButton(keep)
    for button in box.buttons():
        # The style sheet's least width would cut longer words.
        button.setStyleSheet(
            f"min-width: {button.fontMetrics().horizontalAdvance(button.text())}px"
        )
    keep.clicked.connect(lambda: then(AfterStop.KEEP))
    discard.clicked.connect(lambda: then(AfterStop.DISCARD))
    box.open()
    return box
