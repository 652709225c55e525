from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu, QTreeWidget

from app.actions import BOOKMARK_KEYS
from app.handlers.bookmarks import BookmarkHandler, bookmark_of, pose_of
from app.viewport.orbit_controls import OrbitPose

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

    from app.handlers.context import StudioContext
    from app.viewport.view_bar import ViewBar

POSE = OrbitPose(np.array([0.1, 1.5, 0.0], np.float32), 0.7, 0.2, 0.9, 0.5)


@pytest.fixture
def menu(window: QMainWindow) -> QMenu:
    return QMenu(window)


@pytest.fixture
def handler(context: StudioContext, view: Any, bar: ViewBar, menu: QMenu) -> BookmarkHandler:
    made = BookmarkHandler(context, view, bar)
    made.show_in(menu)
    view.rig.set_pose(POSE)
    return made


def _names(context: StudioContext) -> list[str]:
    return [each.name for each in context.project.bookmarks.values()]


def test_a_bookmark_holds_the_whole_view() -> None:
    again = pose_of(bookmark_of(POSE))
    assert again.target == pytest.approx(POSE.target)
    assert replace(again, target=POSE.target) == replace(POSE) or again.yaw_rad == POSE.yaw_rad
    for name in ("yaw_rad", "pitch_rad", "distance_m", "fov_y_rad"):
        assert getattr(again, name) == getattr(POSE, name)


@pytest.mark.usefixtures("handler")
def test_a_view_is_kept_and_its_keys_come_back_to_it(
    context: StudioContext, view: Any, bar: ViewBar
) -> None:
    recall = context.actions["view.bookmark_1"]
    assert not recall.isEnabled()
    context.actions["view.bookmark"].trigger()
    assert _names(context) == ["View 1"]
    assert "Shift+1" in context.toast.text
    assert bar.camera_popover.bookmarks == [("View 1", "Shift+1")]
    view.rig.look_from("back")
    view.rig.set_fov(1.2)
    assert recall.isVisible()
    assert recall.text() == "&1  View 1"
    recall.trigger()
    assert view.rig.pose.yaw_rad == POSE.yaw_rad
    assert view.rig.pose.fov_y_rad == POSE.fov_y_rad
    context.session.undo()
    assert bar.camera_popover.bookmarks == []
    assert not recall.isEnabled()


@pytest.mark.usefixtures("handler")
def test_a_bookmark_is_renamed_moved_and_removed_in_steps(
    context: StudioContext, view: Any, bar: ViewBar
) -> None:
    context.actions["view.bookmark"].trigger()
    (bookmark_id,) = context.project.bookmarks
    popover = bar.camera_popover
    popover.bookmark_renamed.emit(bookmark_id, "Smile & eyes")
    assert _names(context) == ["Smile & eyes"]
    assert context.actions["view.bookmark_1"].text() == "&1  Smile && eyes"
    view.rig.look_from("top")
    popover.bookmark_moved.emit(bookmark_id)
    assert context.project.bookmarks[bookmark_id].pitch_rad == pytest.approx(np.pi / 2)
    popover.bookmark_removed.emit(bookmark_id)
    assert context.project.bookmarks == {}
    for _ in range(3):
        context.session.undo()
    assert context.project.bookmarks[bookmark_id].yaw_rad == POSE.yaw_rad
    assert _names(context) == ["View 1"]


@pytest.mark.usefixtures("handler")
def test_a_name_without_letters_is_put_back(context: StudioContext, bar: ViewBar) -> None:
    context.actions["view.bookmark"].trigger()
    bar.camera_popover.findChild(QTreeWidget).topLevelItem(0).setText(0, " ")
    assert bar.camera_popover.bookmarks == [("View 1", "Shift+1")]


@pytest.mark.usefixtures("handler")
def test_bookmarks_beyond_the_keys_are_in_the_menu(
    context: StudioContext, view: Any, bar: ViewBar, menu: QMenu
) -> None:
    for _ in range(BOOKMARK_KEYS):
        context.actions["view.bookmark"].trigger()
    assert menu.actions() == []
    view.rig.look_from("left")
    context.actions["view.bookmark"].trigger()
    (other,) = menu.actions()
    assert other.text() == f"View {BOOKMARK_KEYS + 1}"
    assert bar.camera_popover.bookmarks[-1] == (other.text(), "")
    view.rig.look_from("right")
    other.trigger()
    assert view.rig.pose.yaw_rad == pytest.approx(np.pi / 2)
    context.session.undo()
    assert menu.actions() == []


@pytest.mark.usefixtures("handler")
def test_keys_are_told_as_they_are_bound(context: StudioContext, bar: ViewBar) -> None:
    context.actions["view.bookmark"].trigger()
    context.actions.apply_shortcuts({"view.bookmark_1": "F9"})
    values = replace(context.preferences.values, shortcuts={"view.bookmark_1": "F9"})
    context.preferences.apply(values)
    assert bar.camera_popover.bookmarks == [("View 1", "F9")]


@pytest.mark.usefixtures("handler")
def test_bookmarks_are_saved_with_the_project(
    context: StudioContext, bar: ViewBar, tmp_path: Path
) -> None:
    context.actions["view.bookmark"].trigger()
    context.session.save(tmp_path / "seen.studio")
    context.session.new()
    assert bar.camera_popover.bookmarks == []
    context.session.open(tmp_path / "seen.studio")
    assert bar.camera_popover.bookmarks == [("View 1", "Shift+1")]


@pytest.mark.usefixtures("handler")
def test_the_menu_leads_to_where_they_are_edited(context: StudioContext, bar: ViewBar) -> None:
    context.actions["view.bookmark"].trigger()
    context.actions["view.bookmarks"].trigger()
    assert bar.camera_popover.isVisible()
    assert bar.camera_popover.current is not None
    bar.camera_popover.hide()
