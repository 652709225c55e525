"""Questions about a project's file: others have it open, it is damaged, files are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

_Role = QMessageBox.ButtonRole
Answer = tuple[str, "Callable[[], object]"]


def ask_in_use(
    parent: QWidget,
    name: str,
    who: str,
    open_copy: Callable[[], object],
    take_over: Callable[[], object],
) -> QMessageBox:
    """Ask how to open a project that another studio has open. The window stays usable.

    Args:
        parent: the window.
        name: of the file.
        who: "ann on studio-3, since 14:05".
        open_copy: follows "Open a copy".
        take_over: follows "Take over".
    """
    return _asked(
        parent,
        "Project in use",
        f"“{name}” is open in another studio: {who}.",
        "A copy can be looked at, changed and saved under another name. If you take the project"
        " over, the other studio is told, and can save its work only under another name.",
        [("Open a copy", open_copy), ("Take over", take_over)],
    )


def ask_lost(parent: QWidget, name: str, who: str, save_as: Callable[[], object]) -> QMessageBox:
    """Ask where to save a project that another studio has; `save_as` follows "Save as".

    Args:
        parent: the window.
        name: of the file.
        who: "ann on studio-3, since 14:05".
        save_as: follows "Save as".
    """
    return _asked(
        parent,
        "Project in use",
        f"“{name}” was not saved, because another studio has it: {who}.",
        "Nothing of yours is lost. Save it under another name, so that neither overwrites the"
        " other.",
        [("Save as …", save_as)],
    )


def ask_rescue(parent: QWidget, name: str, what: str, rescue: Callable[[], object]) -> QMessageBox:
    """Ask whether to open what can be saved of a damaged project.

    Args:
        parent: the window.
        name: of the file.
        what: is the matter with it, in one sentence.
        rescue: follows "Open what can be saved".
    """
    return _asked(
        parent,
        "Damaged project",
        what,
        "What can be saved goes into a new file. The damaged one stays as it is, for a better day.",
        [("Open what can be saved …", rescue)],
    )


def ask_incomplete(
    parent: QWidget, names: list[str], pack: Callable[[], object], find: Callable[[], object]
) -> QMessageBox:
    """Ask whether to pack a project of which files are missing.

    Args:
        parent: the window.
        names: of the files.
        pack: follows "Pack without them".
        find: follows "Find them".
    """
    shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    word = "file is" if len(names) == 1 else "files are"
    return _asked(
        parent,
        "Missing files",
        f"{len(names)} {word} missing: {shown}.",
        "Whoever opens the packed project will miss them, too.",
        [("Find them …", find), ("Pack without them", pack)],
    )


def _asked(
    parent: QWidget, title: str, text: str, details: str, answers: list[Answer]
) -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(details)
    for words, then in answers:
        answer = box.addButton(words, _Role.AcceptRole)
        answer.clicked.connect(lambda _checked=False, then=then: then())
    box.setDefaultButton(box.addButton("Cancel", _Role.RejectRole))
    for button in box.buttons():
        # The style sheet's least width would cut longer words.
        button.setStyleSheet(
            f"min-width: {button.fontMetrics().horizontalAdvance(button.text())}px"
        )
    box.open()
    return box
