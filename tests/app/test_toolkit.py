"""What the studio relies on in Qt's Python binding, because a release of it broke that."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal


class _Sender(QObject):
    sent = Signal(int)


def test_emitting_a_signal_costs_no_reference() -> None:
    """PySide6 6.12.0 gave a reference to True away with each; at none left, Python aborts."""
    sender = _Sender()
    before = sys.getrefcount(True)
    for count in range(100):
        sender.sent.emit(count)
    assert sys.getrefcount(True) > before - 50
