from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from app.handlers.comparing import CompareHandler
from app.viewport.comparison import Compare
from avatar_core.commands import AddHairLayer, SetHair
from avatar_core.errors import WeightsError
from avatar_core.io.hair_file import save_hair
from avatar_core.mega import PlainAvatar, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.project import hair_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.project import AvatarAsset


class Builder:
    """Builds plain avatars, or fails."""

    def __init__(self) -> None:
        self.built: list[AvatarAsset] = []
        self.error: Exception | None = None

    def __call__(self, asset: AvatarAsset) -> PlainAvatar:
        if self.error is not None:
            raise self.error
        self.built.append(asset)
        return PlainAvatar(asset)


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture
def handler(context: StudioContext, view: Any, builder: Builder) -> Iterator[CompareHandler]:
    made = CompareHandler(context, view, builder)
    made.refresh()
    yield made
    made.shutdown()


@pytest.fixture
def bob(demo_asset: AvatarAsset, tmp_path: Path) -> str:
    few = replace(demo_asset, hair=demo_asset.hair.subset(slice(50)))
    save_hair(hair_of(few, "Bob"), tmp_path / "bob.hair")
    return str(tmp_path / "bob.hair")


@pytest.fixture
def edited(context: StudioContext, handler: CompareHandler, bob: str) -> StudioContext:
    """A project whose avatar wears other hair."""
    context.push(SetHair.of(context.project, bob))
    return context


def _modes(view: Any) -> list[Compare]:
    return [mode for (mode,) in view.asked("show_comparison")]


@pytest.mark.usefixtures("handler")
def test_without_edits_there_is_nothing_to_compare(context: StudioContext) -> None:
    assert not context.actions["view.split"].isEnabled()
    assert not context.actions["view.before"].isEnabled()


def test_the_avatar_as_it_was_loaded_is_evaluated_for_the_motions_asked_for(
    qtbot: QtBot, edited: StudioContext, view: Any, demo_asset: AvatarAsset, builder: Builder
) -> None:
    edited.actions["view.split"].trigger()
    assert _modes(view)[-1] is Compare.SPLIT
    (before,) = view.asked("compare_with")[-1]
    assert before.asset is demo_asset
    assert len(before.neutral.hair_means) == len(demo_asset.hair)
    motion = MotionFrame.from_units(jawOpen=1.0)
    before.request(replace(neutral_frame(demo_asset), motion=motion))
    frames: list[Any] = []

    def arrived() -> bool:
        frames.append(before.frames.take())
        return frames[-1] is not None and frames[-1].motion is motion

    qtbot.waitUntil(arrived)
    assert builder.built == [demo_asset]


def test_before_alone_comes_and_goes_over_the_split(edited: StudioContext, view: Any) -> None:
    split, before = edited.actions["view.split"], edited.actions["view.before"]
    split.trigger()
    before.trigger()
    before.trigger()
    split.trigger()
    wanted = [Compare.SPLIT, Compare.BEFORE, Compare.SPLIT, Compare.AFTER]
    assert _modes(view)[-4:] == wanted
    begun = [before for (before,) in view.asked("compare_with") if before is not None]
    assert len(begun) == 1  # it was evaluated all the while
    assert view.asked("compare_with")[-1] == (None,)


def test_it_costs_nothing_once_it_is_off(
    qtbot: QtBot, edited: StudioContext, handler: CompareHandler
) -> None:
    edited.actions["view.before"].trigger()
    loop = handler._loop
    assert loop is not None
    edited.actions["view.before"].trigger()
    qtbot.waitUntil(lambda: not loop.is_alive)


def test_taking_the_edit_back_ends_it(edited: StudioContext, view: Any) -> None:
    edited.actions["view.split"].trigger()
    edited.session.undo()
    assert _modes(view)[-1] is Compare.AFTER
    assert not edited.actions["view.split"].isChecked()
    assert not edited.actions["view.split"].isEnabled()


def test_a_failure_is_told_and_ends_it(
    qtbot: QtBot, edited: StudioContext, view: Any, builder: Builder
) -> None:
    builder.error = WeightsError("The weights do not fit.", "Train again.")
    edited.actions["view.split"].trigger()
    qtbot.waitUntil(lambda: "The weights do not fit" in edited.toast.text)
    assert _modes(view)[-1] is Compare.AFTER
    assert not edited.actions["view.split"].isChecked()


def test_tab_compares_in_the_viewport_and_leads_on_elsewhere(
    edited: StudioContext, view: Any
) -> None:
    action = edited.actions["view.before"]
    assert action.shortcutContext() == Qt.ShortcutContext.WidgetShortcut
    assert action in view.actions()


@pytest.mark.usefixtures("handler")
def test_edited_hair_can_be_compared_with_the_hair_as_it_was_loaded(
    context: StudioContext, demo_asset: AvatarAsset
) -> None:
    context.push(AddHairLayer.of(context.project, len(demo_asset.hair)))
    assert context.actions["view.split"].isEnabled()
    context.session.undo()
    assert not context.actions["view.split"].isEnabled()
