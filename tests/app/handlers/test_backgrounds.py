from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog

from app.handlers.backgrounds import BACKGROUNDS, BackgroundHandler
from avatar_core.commands import SetBackgroundImage
from avatar_core.project import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def handler(context: StudioContext, view: Any) -> Iterator[BackgroundHandler]:
    made = BackgroundHandler(context, view)
    made.refresh()
    yield made
    made.shutdown()


@pytest.fixture
def sky(tmp_path: Path) -> Path:
    path = tmp_path / "sky.png"
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[..., 0] = 255  # OpenCV's blue
    picture[0] = 255
    cv2.imwrite(str(path), picture)
    return path


def _ticked(context: StudioContext) -> list[str]:
    names = (*BACKGROUNDS, "other", "picture")
    return [name for name in names if context.actions[f"view.background_{name}"].isChecked()]


@pytest.mark.usefixtures("handler")
class TestColours:
    def test_new_projects_are_grey(self, context: StudioContext) -> None:
        assert _ticked(context) == ["grey"]

    @pytest.mark.parametrize("name", ["black", "white", "green"])
    def test_presets_are_one_step(self, context: StudioContext, name: str) -> None:
        context.actions[f"view.background_{name}"].trigger()
        assert context.project.scene.background == BACKGROUNDS[name]
        assert _ticked(context) == [name]
        context.session.undo()
        assert context.project.scene == Scene()
        assert _ticked(context) == ["grey"]

    def test_the_same_colour_again_stays_ticked_and_is_no_edit(
        self, context: StudioContext
    ) -> None:
        context.actions["view.background_grey"].trigger()
        assert _ticked(context) == ["grey"]
        assert not context.session.dirty

    def test_any_colour_is_seen_while_it_is_chosen_and_one_step(
        self, qtbot: QtBot, context: StudioContext
    ) -> None:
        context.actions["view.background_other"].trigger()
        dialog = context.window.findChild(QColorDialog)
        for red in (40, 80):
            dialog.setCurrentColor(QColor(red, 0, 0))
        assert context.project.scene.background == pytest.approx((80 / 255, 0, 0), abs=1e-4)
        dialog.accept()
        assert _ticked(context) == ["other"]
        context.session.undo()
        assert context.project.scene == Scene()
        qtbot.waitUntil(lambda: context.window.findChild(QColorDialog) is None)

    def test_a_choice_taken_back_is_no_edit(self, qtbot: QtBot, context: StudioContext) -> None:
        context.actions["view.background_other"].trigger()
        dialog = context.window.findChild(QColorDialog)
        dialog.setCurrentColor(QColor(40, 0, 0))
        dialog.reject()
        assert context.project.scene == Scene()
        assert not context.session.dirty
        assert _ticked(context) == ["grey"]
        qtbot.waitUntil(lambda: context.window.findChild(QColorDialog) is None)


class TestPictures:
    def test_one_comes_behind_the_avatar_and_a_colour_takes_its_place(
        self, qtbot: QtBot, context: StudioContext, view: Any, handler: BackgroundHandler, sky: Path
    ) -> None:
        handler.use_picture(sky)
        qtbot.waitUntil(lambda: view.asked("set_backdrop")[-1][0] is not None)
        (picture,) = view.asked("set_backdrop")[-1]
        assert picture[1, 0].tolist() == [0, 0, 255]
        assert _ticked(context) == ["picture"]
        context.actions["view.background_green"].trigger()
        assert view.asked("set_backdrop")[-1] == (None,)
        assert _ticked(context) == ["green"]
        context.session.undo()
        assert context.project.scene.background_image == str(sky)
        qtbot.waitUntil(lambda: view.asked("set_backdrop")[-1][0] is not None)

    def test_one_that_is_gone_is_explained_and_stays_in_the_project(
        self,
        qtbot: QtBot,
        context: StudioContext,
        view: Any,
        handler: BackgroundHandler,
        tmp_path: Path,
    ) -> None:
        context.push(SetBackgroundImage.of(context.project, str(tmp_path / "gone.png")))
        qtbot.waitUntil(lambda: "gone.png" in context.toast.text)
        assert view.asked("set_backdrop")[-1] == (None,)
        assert context.project.scene.background_image

    def test_other_edits_of_the_scene_do_not_read_it_again(
        self, qtbot: QtBot, context: StudioContext, view: Any, handler: BackgroundHandler, sky: Path
    ) -> None:
        handler.use_picture(sky)
        qtbot.waitUntil(lambda: view.asked("set_backdrop")[-1][0] is not None)
        before = len(view.asked("set_backdrop"))
        handler.refresh()
        assert len(view.asked("set_backdrop")) == before

    @pytest.mark.usefixtures("handler")
    def test_the_menu_asks_for_a_file(self, qtbot: QtBot, context: StudioContext) -> None:
        context.actions["view.background_picture"].trigger()
        assert _ticked(context) == ["grey"]
        dialog = context.window.findChild(QFileDialog)
        assert "*.jpg" in dialog.nameFilters()[0]
        dialog.reject()
        qtbot.waitUntil(lambda: context.window.findChild(QFileDialog) is None)
