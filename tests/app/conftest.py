"""What all tests of the window share: the look, and a check that nothing is left behind."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # panels need no display

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QMenu
from shiboken6 import isValid

from app.preferences import Preferences
from app.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget


@pytest.fixture(scope="session", autouse=True)
def _theme(qapp: QApplication) -> None:
    apply_theme(qapp)


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "studio.ini")


@pytest.fixture(scope="module", autouse=True)
def _memory_is_given_back() -> None:
    """Give back to the system what windows of other modules have freed: glibc would keep it."""
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


@pytest.fixture(autouse=True)
def _nothing_is_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves top-level widgets, threads or running timers behind."""
    threads = set(threading.enumerate())
    widgets = _windows(qapp)
    yield
    _settle(qapp)
    left = [
        *(f"thread {each.name}" for each in set(threading.enumerate()) - threads),
        *(f"widget {each!r}" for each in _windows(qapp) - widgets),
        *(f"running {each!r}" for each in gc.get_objects() if _is_running(each)),
    ]
    assert not left, f"left behind: {', '.join(left)}"


def _windows(qapp: QApplication) -> set[QWidget]:
    # pyqtgraph makes its plots' menus without a parent, and lets go of them as it likes.
    return {
        each for each in qapp.topLevelWidgets() if each.isVisible() or not isinstance(each, QMenu)
    }


def _settle(qapp: QApplication) -> None:
    """Let everything go that is only waiting to be deleted."""
    for _ in range(2):
        qapp.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()


def _is_running(thing: object) -> bool:
    # By type alone: asking other objects anything at all may run code of theirs.
    if type(thing) is QTimer:
        return isValid(thing) and thing.isActive()
    if issubclass(type(thing), QThread) and isValid(thing):
        return thing.isRunning() and thing is not QThread.currentThread()
    return False
