"""A window that was closed is let go, with all that it was the only one to hold."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent

from app.library import Portraits
from app.main_window import MainWindow
from app.workers.performance import PerformanceEngine
from avatar_core.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.preferences import Preferences


def test_a_closed_window_is_let_go(
    qapp: QApplication, preferences: Preferences, tmp_path: Path
) -> None:
    """Session, engine and preferences live longer, and must hold nothing of it by a signal."""
    engine, session = PerformanceEngine(), Session()
    window = MainWindow(session, engine, preferences, Portraits(tmp_path / "portraits"))
    desks = (window.groom, window.paint, window.train)
    parts = (window, window.view, window.groom.hair, window.paint.face, window.train.trainer)
    held = [weakref.ref(each) for each in (*parts, *desks)]
    del desks, parts
    window.close()
    window.deleteLater()
    del window
    for _ in range(2):
        qapp.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
    assert not [type(each()).__name__ for each in held if each() is not None]
