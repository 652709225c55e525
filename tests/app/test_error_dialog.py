from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from app.error_dialog import ErrorReporter, catch_everything
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def reporter(qtbot: QtBot) -> ErrorReporter:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return ErrorReporter(window)


@pytest.fixture
def hooks(reporter: ErrorReporter) -> Iterator[None]:
    restore = catch_everything(reporter)
    yield
    restore()


def _dismiss(reporter: ErrorReporter) -> None:
    assert reporter.dialog is not None
    buttons = reporter.dialog.findChild(QDialogButtonBox)
    buttons.button(QDialogButtonBox.StandardButton.Ok).click()


def test_it_shows_message_and_hint_without_blocking(reporter: ErrorReporter) -> None:
    reporter.show(AssetError("There is no file x.", "Choose another."))
    assert reporter.dialog is not None
    assert reporter.dialog.text == "There is no file x. Choose another."
    assert reporter.dialog.isVisible()
    _dismiss(reporter)
    assert reporter.dialog is None


def test_attempt_shows_what_the_user_can_understand_and_passes_on_the_rest(
    reporter: ErrorReporter,
) -> None:
    def fail() -> None:
        raise AssetError("No.", "Hint.")

    assert not reporter.attempt(fail)
    _dismiss(reporter)
    assert reporter.attempt(lambda: None)
    with pytest.raises(ZeroDivisionError):
        reporter.attempt(lambda: 1 / 0)


def test_a_fault_that_repeats_opens_one_dialog(reporter: ErrorReporter) -> None:
    for _ in range(100):
        reporter.show_unexpected(ZeroDivisionError("division"))
    dialog = reporter.dialog
    assert dialog is not None
    assert "ZeroDivisionError" in dialog.text
    assert "Your work is still here" in dialog.text
    _dismiss(reporter)


@pytest.mark.usefixtures("hooks")
def test_what_nobody_caught_is_shown_and_logged(
    reporter: ErrorReporter, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("surprise")
    sys.excepthook(ValueError, error, None)
    assert "surprise" in caplog.text
    assert reporter.dialog is not None
    _dismiss(reporter)


@pytest.mark.usefixtures("hooks")
def test_threads_are_caught_too(reporter: ErrorReporter, qtbot: QtBot) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    _dismiss(reporter)


def test_the_former_hooks_come_back(reporter: ErrorReporter) -> None:
    before = sys.excepthook, threading.excepthook
    catch_everything(reporter)()
    assert (sys.excepthook, threading.excepthook) == before
