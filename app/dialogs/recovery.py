"""The question whether steps of a session that ended unexpectedly are to be brought back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from avatar_core.commands.recovery import Unfinished

_Role = QMessageBox.ButtonRole


def ask_recovery(
    parent: QWidget, title: str, found: Unfinished, then: Callable[[bool], object]
) -> QMessageBox:
    """Ask; `then` gets whether to bring them back.

    Args:
        parent: the window, which waits for the answer.
        title: of the project; empty for one that was never saved.
        found: the journal.
        then: gets the answer.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)  # names of files are no mark-up
    box.setWindowTitle("Unsaved work found")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText("The studio was closed unexpectedly.")
    box.setInformativeText(recovery_words(title, found))
    recover = box.addButton("Recover", _Role.AcceptRole)
    leave = box.addButton("Leave", _Role.RejectRole)
    recover.setToolTip("Bring the steps back; undo works as if nothing had happened")
    leave.setToolTip("Keep the steps for later: File → Open earlier version")
    box.setDefaultButton(recover)
    box.setEscapeButton(leave)
    box.finished.connect(lambda _code: then(box.clickedButton() is recover))
    box.open()
    return box


def recovery_words(title: str, found: Unfinished) -> str:
    """What can be brought back, in plain words."""
    steps = counted(found.steps, "step")
    since = f"since the last save of “{title}”" if title else "of a project that was never saved"
    words = [f"{steps} {since} can be brought back; the last is of {moment(found.time_s)}."]
    if found.is_damaged:
        words.append("A part of the journal is damaged, so steps after that are lost.")
    return " ".join(words)


def counted(number: int, noun: str) -> str:
    """So many of something: `1 step`, `14 steps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def moment(time_s: float) -> str:
    """A moment of the past: `today, 18:40`, or `26 Nov 2026, 18:40`."""
    then, now = datetime.fromtimestamp(time_s).astimezone(), datetime.now().astimezone()
    day = "today" if then.date() == now.date() else then.strftime("%d %b %Y").lstrip("0")
    return f"{day}, {then:%H:%M}"
