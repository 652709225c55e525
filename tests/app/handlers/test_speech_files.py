from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.handlers.driving import DrivingHandler
from app.handlers.mixing import MixingHandler
from app.panels.driving import DrivingPanel
from avatar_core.commands import AddDriver
from avatar_core.driving.speech.model_file import load_speech_model, write_speech_model
from avatar_core.errors import Cancelled
from avatar_core.io.audio import save_wav
from avatar_core.io.speech_files import user_speech_path
from tests.avatar_core.driving.speech.toy_whisper import toy_encoder
from tests.avatar_core.exchange.test_speech_import import hugging_file, whisper_speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from PySide6.QtWidgets import QProgressDialog
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.speech_files import SpeechFilesHandler

WAIT_MS = 20_000


@pytest.fixture
def mixing(
    context: StudioContext,
    engine: Any,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MixingHandler]:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))
    panel = DrivingPanel()
    qtbot.addWidget(panel)
    driving = DrivingHandler(context, engine, panel)
    handler = MixingHandler(context, driving.list)
    qtbot.addWidget(handler.panel)
    handler.refresh()
    yield handler
    handler.shutdown()
    driving.shutdown()


@pytest.fixture
def speech(mixing: MixingHandler) -> SpeechFilesHandler:
    return mixing.speech_files


def words(mixing: MixingHandler) -> str:
    return mixing.panel.speech.words.text()


def test_what_is_imported_is_said_where_speech_is_performed(
    context: StudioContext,
    mixing: MixingHandler,
    speech: SpeechFilesHandler,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    usual = words(mixing)
    assert "synthesised voices" in usual
    whisper = hugging_file(tmp_path / "model.safetensors", toy_encoder())
    speech.import_model(whisper)
    qtbot.waitUntil(lambda: "Whisper 128 x 2" in context.toast.text, timeout=WAIT_MS)
    assert speech.progress is None
    assert words(mixing) == usual
    from avatar_core.exchange.speech_import import read_whisper

    write_speech_model(whisper_speech(read_whisper(whisper).sha256), tmp_path / "mine.npz")
    speech.import_model(tmp_path / "mine.npz")
    qtbot.waitUntil(lambda: "through Whisper 128 x 2" in words(mixing), timeout=WAIT_MS)
    assert "Live speech takes the studio's own model" in words(mixing)
    context.actions["perform.bundled_speech"].trigger()
    assert words(mixing) == usual
    assert not user_speech_path().exists()


def test_what_was_looked_up_before_the_bundled_model_came_back_is_not_said(
    context: StudioContext,
    mixing: MixingHandler,
    speech: SpeechFilesHandler,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual, looked = words(mixing), threading.Event()

    def late() -> str:
        looked.wait(WAIT_MS / 1e3)
        return "Your imported speech model speaks."

    monkeypatch.setattr("app.handlers.speech_files.speech_words", late)
    user_speech_path().parent.mkdir(parents=True)
    write_speech_model(load_speech_model(), user_speech_path())
    speech.refresh()
    context.actions["perform.bundled_speech"].trigger()
    looked.set()
    for thread in speech._look._threads:
        thread.join()
    qtbot.wait(50)
    assert words(mixing) == usual


def test_an_own_model_that_speaks_live_is_said_too(
    mixing: MixingHandler, speech: SpeechFilesHandler, qtbot: QtBot, tmp_path: Path
) -> None:
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    speech.import_model(tmp_path / "mine.npz")
    qtbot.waitUntil(lambda: words(mixing) == "Your imported speech model speaks.", timeout=WAIT_MS)


def test_microphones_that_are_on_take_the_model_that_is_chosen(
    context: StudioContext,
    engine: Any,
    speech: SpeechFilesHandler,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    for uri in ("camera:0", "mic:", "sound:talk.wav"):
        context.push(AddDriver.of(context.project, uri))
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    with qtbot.waitSignal(speech.model_changed, timeout=WAIT_MS):
        speech.import_model(tmp_path / "mine.npz")
    assert engine.asked("retry") == [("mic:",), ("sound:talk.wav",)]
    context.actions["perform.bundled_speech"].trigger()
    assert engine.asked("retry") == 2 * [("mic:",), ("sound:talk.wav",)]


def test_a_bad_file_is_refused_in_words(
    context: StudioContext, speech: SpeechFilesHandler, qtbot: QtBot, tmp_path: Path
) -> None:
    shown: list[str] = []
    context.errors.show = lambda error: shown.append(error.message)  # type: ignore[method-assign]
    (tmp_path / "bad.pt").write_bytes(b"no model")
    speech.import_model(tmp_path / "bad.pt")
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
    assert "bad.pt" in shown[0]
    assert speech.progress is None


def test_a_sound_becomes_a_take_that_can_be_undone(
    context: StudioContext, speech: SpeechFilesHandler, qtbot: QtBot, tmp_path: Path
) -> None:
    times_s = np.arange(16_000) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * times_s) / k for k in range(1, 20))
    save_wav(tmp_path / "voice.wav", (0.1 * buzz)[:, None].astype("f4"), 16_000)
    before = len(context.project.takes)
    speech.speak(tmp_path / "voice.wav")
    assert speech.progress is not None
    qtbot.waitUntil(lambda: len(context.project.takes) > before, timeout=WAIT_MS)
    take = context.project.takes[context.project.active_take or ""]
    assert take.name == "voice.wav"
    assert take.audio is not None
    assert np.ptp(take.weights, axis=0).max() > 0.05
    assert speech.progress is None
    context.session.undo()
    assert len(context.project.takes) == before


def _by_button(context: StudioContext, dialog: QProgressDialog) -> None:
    dialog.canceled.emit()


def _by_another_document(context: StudioContext, dialog: QProgressDialog) -> None:
    context.session.new()


@pytest.mark.parametrize("cancel", [_by_button, _by_another_document])
def test_a_job_that_is_cancelled_leaves_nothing(
    cancel: Callable[[StudioContext, QProgressDialog], None],
    context: StudioContext,
    speech: SpeechFilesHandler,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[bool] = []

    def endless(path: Path, style: object, task: Any) -> None:
        try:
            while True:
                task.step(0.5, "Speaking")
        except Cancelled:
            ended.append(True)
            raise

    monkeypatch.setattr("app.handlers.speech_files.take_of_sound", endless)
    before = len(context.project.takes)
    speech.speak(tmp_path / "voice.wav")
    dialog = speech.progress
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.labelText() == "Speaking …", timeout=WAIT_MS)
    cancel(context, dialog)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT_MS)
    assert speech.progress is None
    assert len(context.project.takes) == before
