from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDockWidget, QStackedWidget, QWidget

from app.handlers.desks import Desks, LateDesk
from app.handlers.display import DisplayHandler
from app.workspaces import GROOM, PAINT, PERFORM
from avatar_core.project.hair_edits import HairEdits, HairLayer
from avatar_core.project.paint import PaintLayer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.viewport.view_bar import ViewBar
    from tests.app.handlers.conftest import FakeView


class Desk:
    """Keeps a diary of what it is asked."""

    def __init__(self, name: str, diary: list[str]) -> None:
        self._name = name
        self._diary = diary
        self.docked = {name: QWidget()}
        self._note("built")

    def set_open(self, is_open: bool) -> None:
        self._note("opened" if is_open else "closed")

    def refresh(self) -> None:
        self._note("refreshed")

    def shutdown(self) -> None:
        self._note("ended")

    def _note(self, what: str) -> None:
        self._diary.append(f"{self._name} {what}")


@pytest.fixture
def diary() -> list[str]:
    return []


@pytest.fixture
def docks(window: QMainWindow) -> dict[str, QDockWidget]:
    return {name: QDockWidget(name, window) for name in ("groom", "paint", "train", "renders")}


@pytest.fixture
def desks(
    context: StudioContext,
    view: FakeView,
    bar: ViewBar,
    docks: dict[str, QDockWidget],
    diary: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desks]:
    for name in docks:
        monkeypatch.setattr(Desks, f"_make_{name}", lambda _desks, name=name: Desk(name, diary))
    made = Desks(
        context,
        view,  # type: ignore[arg-type]
        DisplayHandler(context, view, bar),  # type: ignore[arg-type]
        docks,
        QStackedWidget(context.window),
    )
    yield made
    made.shutdown()


def test_a_desk_is_built_once_and_fills_its_dock(
    docks: dict[str, QDockWidget], diary: list[str]
) -> None:
    late = LateDesk(lambda: Desk("paint", diary), docks)
    late.refresh()
    late.set_open(False)
    late.shutdown()
    assert not late.is_built
    assert diary == []
    assert docks["paint"].widget() is None
    desk = late.get()
    assert late.get() is desk
    assert docks["paint"].widget() is desk.docked["paint"]
    assert docks["groom"].widget() is None
    assert diary == ["paint built", "paint refreshed"]


def test_desks_come_by_themselves_once_the_avatar_is_seen(
    qtbot: QtBot, view: FakeView, desks: Desks, diary: list[str]
) -> None:
    desks.refresh()
    assert diary == []
    view.first_painted.emit()
    assert diary == []  # another picture may come first
    qtbot.waitUntil(lambda: not desks._timer.isActive())
    assert [each for each in diary if "built" in each] == [
        "groom built", "paint built", "train built", "renders built",
    ]  # fmt: skip


def test_they_come_as_well_where_no_avatar_can_be_seen(
    qtbot: QtBot, view: FakeView, desks: Desks, diary: list[str]
) -> None:
    view.failed.emit(RuntimeError("no OpenGL"))
    qtbot.waitUntil(lambda: not desks._timer.isActive())
    assert "train built" in diary


def test_none_is_built_while_the_window_closes(
    qtbot: QtBot, view: FakeView, desks: Desks, diary: list[str]
) -> None:
    view.first_painted.emit()
    desks.shutdown()
    qtbot.wait(20)
    assert diary == []


def test_entering_a_workspace_builds_its_desk_and_who_leaves_goes_first(
    desks: Desks, diary: list[str]
) -> None:
    desks.prepare(GROOM)
    desks.open(GROOM)
    assert diary == ["groom built", "groom refreshed", "groom opened"]
    diary.clear()
    desks.open(PAINT)
    assert diary == ["groom closed", "paint built", "paint refreshed", "paint opened"]
    diary.clear()
    desks.prepare(PERFORM)
    desks.open(PERFORM)
    assert diary == ["groom closed", "paint closed"]


@pytest.mark.parametrize("part", ["hair", "paint"])
def test_a_project_that_was_edited_is_not_shown_without_it(
    context: StudioContext, desks: Desks, diary: list[str], part: str
) -> None:
    context.events.replaced.emit()
    assert diary == []
    if part == "hair":
        edits = HairEdits(base_count=2).with_layer("1", HairLayer("Cut"))
        context.project.hair_edits = edits
    else:
        painting = context.project.painting
        context.project.painting = painting.with_layer("1", PaintLayer("Lips"))
    context.events.replaced.emit()
    name = {"hair": "groom", "paint": "paint"}[part]
    assert diary == [f"{name} built", f"{name} refreshed"]
