from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.handlers.drops import FileDrops
from avatar_core.training.run_record import RunRecord, write_record

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow
    from pytestqt.qtbot import QtBot

_COPY = Qt.DropAction.CopyAction
_NOTHING = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("a.studio", "project_dropped"),
        ("A.STUDIO", "project_dropped"),
        ("b.avatar", "avatar_dropped"),
        ("b.hair", "hair_dropped"),
        ("b.portrait", "portrait_dropped"),
        ("c.take", "take_dropped"),
        ("d.csv", "take_dropped"),
        ("e.mp4", "driver_dropped"),
        ("f.JPG", "driver_dropped"),
        ("voice.WAV", "sound_dropped"),
        ("g.docx", "unknown_dropped"),
        ("no suffix", "unknown_dropped"),
    ],
)
def test_each_kind_goes_where_it_belongs(
    qtbot: QtBot, window: QMainWindow, name: str, signal: str
) -> None:
    drops = FileDrops(window)
    with qtbot.waitSignal(getattr(drops, signal)) as told:
        drops.take_in(Path(name))
    assert told.args == [Path(name)]


def test_captures_and_runs_of_the_studio_go_to_training(
    qtbot: QtBot, window: QMainWindow, tmp_path: Path
) -> None:
    drops = FileDrops(window)
    capture, run = tmp_path / "rosa", tmp_path / "run"
    for folder in (capture, run):
        folder.mkdir()
    (capture / "transforms_full.json").touch()
    with qtbot.waitSignal(drops.capture_dropped) as told:
        drops.take_in(capture)
    assert told.args == [capture]
    write_record(run, RunRecord(str(capture), "Rosa", "compact", 7))
    (run / "checkpoint_latest.pth").touch()
    with qtbot.waitSignal(drops.training_dropped) as told:
        drops.take_in(run)
    assert told.args == [run]


@pytest.mark.parametrize("names", [
    ("checkpoint_latest.pth", "params.yaml", "flame_params.npz"),
    ("checkpoint_40000.pth", "params.yaml"),
])  # fmt: skip
def test_a_folder_of_a_mega_run_goes_to_the_import(
    qtbot: QtBot, window: QMainWindow, tmp_path: Path, names: tuple[str, ...]
) -> None:
    drops = FileDrops(window)
    for name in names:
        (tmp_path / name).touch()
    with qtbot.waitSignal(drops.run_dropped) as told:
        drops.take_in(tmp_path)
    assert told.args == [tmp_path]


def test_any_other_folder_is_unknown(qtbot: QtBot, window: QMainWindow, tmp_path: Path) -> None:
    drops = FileDrops(window)
    (tmp_path / "params.yaml").touch()
    with qtbot.waitSignal(drops.unknown_dropped):
        drops.take_in(tmp_path)


def test_files_can_be_dropped_on_the_window(qtbot: QtBot, window: QMainWindow) -> None:
    drops = FileDrops(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/face.mp4"), QUrl.fromLocalFile("/takes/one.take")])
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), _COPY, data, *_NOTHING)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    with qtbot.waitSignals([drops.driver_dropped, drops.take_dropped]):
        QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), _COPY, data, *_NOTHING))


def test_pictures_that_are_dropped_are_asked_about(qtbot: QtBot, window: QMainWindow) -> None:
    drops = FileDrops(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/pictures/{name}") for name in ("a.png", "b.GIF", "c.take")])
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 7), _COPY, data, *_NOTHING))
    dropped = QDropEvent(QPointF(5, 7), _COPY, data, *_NOTHING)
    with (
        qtbot.waitSignals([drops.pictures_dropped, drops.take_dropped]),
        qtbot.assertNotEmitted(drops.driver_dropped),
        qtbot.waitSignal(drops.pictures_dropped) as told,
    ):
        QApplication.sendEvent(window, dropped)
    paths, place = told.args
    assert paths == [Path("/pictures/a.png"), Path("/pictures/b.GIF")]
    assert window.mapFromGlobal(place).toTuple() == (5, 7)


def test_what_is_no_file_is_refused(window: QMainWindow) -> None:
    drops = FileDrops(window)
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/face.mp4")])
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), _COPY, data, *_NOTHING)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()
    assert drops.parent() is window
