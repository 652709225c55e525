"""Gestures of the hand on a number, passed on by the widgets that hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_TOLD = ("gesture_started", "gesture_ended", "gesture_cancelled")
"""The signals of `DragNumber`; who passes them on has signals of the same names."""


def pass_gestures(holder: QWidget, *fields: QWidget) -> None:
    """Let a widget tell the gestures on its fields as its own."""
    for field in fields:
        for told in _TOLD:
            getattr(field, told).connect(getattr(holder, told))
