"""When portraits perform and when their view is there: no thread, no OpenGL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSplitter, QWidget

from app.handlers.portrait_stage import PortraitStage
from app.viewport.portrait_captions import PortraitCaptions
from avatar_core.commands import RemovePortrait, SetPortrait
from avatar_core.errors import RenderError
from avatar_core.io.portrait_file import save_portrait
from avatar_core.project import CropBox, Portrait, PortraitSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


class FakePortraitView(QWidget):
    """Remembers who is shown."""

    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Any] = []
        self.captions = PortraitCaptions(self)

    def connect_performance(self, frames: Any) -> None:
        self.frames = frames

    def show_portraits(self, portraits: list[Any]) -> None:
        self.shown = portraits


@pytest.fixture
def file(tmp_path: Path) -> str:
    picture = np.full((64, 64, 3), 90, np.uint8)
    path = tmp_path / "ada.portrait"
    save_portrait(Portrait("Ada", "", picture, CropBox(8, 8, 48)), path)
    return str(path)


@pytest.fixture
def middle(qtbot: QtBot) -> Iterator[QSplitter]:
    splitter = QSplitter()
    splitter.addWidget(QWidget())
    splitter.resize(800, 300)
    qtbot.addWidget(splitter)
    splitter.show()
    yield splitter
    splitter.hide()


@pytest.fixture
def stage(
    context: StudioContext,
    engine: Any,
    view: Any,
    middle: QSplitter,
    monkeypatch: pytest.MonkeyPatch,
) -> PortraitStage:
    monkeypatch.setattr("app.viewport.portrait_view.PortraitView", FakePortraitView)
    return PortraitStage(context, engine, view, middle)


def begin(view: Any) -> None:
    """The avatar is on the screen."""
    view.first_painted.emit()


def performing(engine: Any) -> list[str]:
    """Ids of those who perform since the last time they were set."""
    return [each[0] for each in engine.asked("set_portraits")[-1][0]]


def test_without_portraits_there_is_no_view(stage: PortraitStage, view: Any, engine: Any) -> None:
    begin(view)
    assert not stage.has_view
    assert not stage.is_open
    assert performing(engine) == []


def test_portraits_wait_until_the_avatar_is_on_the_screen(
    stage: PortraitStage, view: Any, engine: Any, context: StudioContext, file: str
) -> None:
    name = context.session.use_portrait(file)
    assert engine.asked("set_portraits") == []
    begin(view)
    assert performing(engine) == [name]
    assert stage.view.isVisible()
    assert [each.name for each in stage.view.shown] == ["Ada"]  # type: ignore[attr-defined]


def test_where_opengl_fails_portraits_perform_all_the_same(
    stage: PortraitStage, view: Any, engine: Any, context: StudioContext, file: str
) -> None:
    name = context.session.use_portrait(file)
    view.failed.emit(RenderError("No context.", ""))
    assert performing(engine) == [name]


def test_hidden_portraits_neither_perform_nor_keep_the_view(
    stage: PortraitStage, view: Any, engine: Any, context: StudioContext, file: str
) -> None:
    begin(view)
    name = context.session.use_portrait(file)
    context.push(SetPortrait.shown(context.project, name, False))
    assert performing(engine) == []
    assert stage.view.isHidden()
    context.session.undo()
    assert performing(engine) == [name]
    assert stage.view.isVisible()


def test_the_user_may_open_the_view_before_there_are_portraits(
    stage: PortraitStage, view: Any, qtbot: QtBot
) -> None:
    begin(view)
    with qtbot.waitSignal(stage.open_changed, timeout=1000) as opened:
        stage.set_open(True)
    assert opened.args == [True]
    assert stage.view.isVisible()
    stage.set_open(False)
    assert stage.view.isHidden()


def test_another_page_hides_the_view_for_as_long(
    stage: PortraitStage, view: Any, context: StudioContext, file: str
) -> None:
    begin(view)
    context.session.use_portrait(file)
    stage.set_page(False)
    assert stage.view.isHidden()
    stage.set_page(True)
    assert stage.view.isVisible()


def test_settings_reach_the_engine_with_the_crop_of_the_project(
    stage: PortraitStage, view: Any, engine: Any, context: StudioContext, file: str
) -> None:
    begin(view)
    name = context.session.use_portrait(file)
    wild = PortraitSettings(multiplier=2.0)
    context.push(SetPortrait.performing(context.project, name, wild))
    context.push(SetPortrait.cropped(context.project, name, CropBox(0, 0, 32)))
    ((_, portrait, settings),) = engine.asked("set_portraits")[-1][0]
    assert settings == wild
    assert portrait.box == CropBox(0, 0, 32)
    context.push(RemovePortrait.of(context.project, name))
    assert performing(engine) == []


def test_a_portrait_whose_file_is_gone_is_said_once(
    stage: PortraitStage, view: Any, engine: Any, context: StudioContext, file: str, tmp_path: Path
) -> None:
    name = context.session.use_portrait(file)
    (tmp_path / "ada.portrait").unlink()
    warnings: list[Any] = []
    context.events.warned.connect(warnings.append)
    begin(view)
    context.push(SetPortrait.performing(context.project, name, PortraitSettings(multiplier=2.0)))
    assert performing(engine) == []
    assert len(warnings) == 1


def test_the_views_share_of_the_window_is_remembered(
    stage: PortraitStage, view: Any, middle: QSplitter, context: StudioContext
) -> None:
    begin(view)
    stage.set_open(True)
    middle.setSizes([600, 200])
    stage.set_open(False)
    kept = context.preferences.remembered("portrait_share")
    assert kept == pytest.approx(0.25, abs=0.02)
    stage.set_open(True)
    assert middle.sizes()[1] / sum(middle.sizes()) == pytest.approx(0.25, abs=0.02)


def test_another_model_is_told(stage: PortraitStage, view: Any, engine: Any) -> None:
    begin(view)
    stage.renew_engines()
    assert engine.asked("renew_portrait_engines") == [()]
