from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.handlers.portrait_model_options import ModelOptionsHandler
from app.panels.portrait_model_options import ModelOptions
from app.preferences import Preferences

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from tests.app.handlers.portrait_sitter import FakeStage


@pytest.fixture
def options(qtbot: QtBot) -> ModelOptions:
    widget = ModelOptions()
    qtbot.addWidget(widget)
    widget.show_model(has_detail=True, is_on_card=True)
    return widget


@pytest.fixture
def handler(context: StudioContext, options: ModelOptions, stage: FakeStage) -> ModelOptionsHandler:
    return ModelOptionsHandler(context, options, stage)  # type: ignore[arg-type]


@pytest.mark.usefixtures("handler")
def test_what_is_chosen_is_kept_and_engines_are_opened_anew(
    context: StudioContext, options: ModelOptions, stage: FakeStage
) -> None:
    options.detail.click()
    assert context.preferences.values.portrait_detail == "off"
    assert stage.renewed == 1
    options.compiling.click()
    assert context.preferences.values.portrait_compiles
    assert stage.renewed == 2
    options.detail.click()
    assert context.preferences.values.portrait_detail == "on"
    assert options.detail.isChecked()


def test_what_was_chosen_once_is_shown_again(
    context: StudioContext, options: ModelOptions, handler: ModelOptionsHandler
) -> None:
    options.detail.click()
    options.show_wishes(detail=True, compiling=True)
    handler.refresh()
    assert not options.detail.isChecked()
    assert not options.compiling.isChecked()


def test_another_start_knows_it(tmp_path: Path) -> None:
    first = Preferences(tmp_path / "studio.ini")
    assert first.values.portrait_detail == "auto"
    first.apply(replace(first.values, portrait_detail="on", portrait_compiles=True))
    first.flush()
    again = Preferences(tmp_path / "studio.ini").values
    assert (again.portrait_detail, again.portrait_compiles) == ("on", True)
    first.apply(replace(first.values, portrait_detail="finest"))
    first.flush()
    assert Preferences(tmp_path / "studio.ini").values.portrait_detail == "auto"
