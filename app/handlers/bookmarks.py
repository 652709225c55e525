"""Camera bookmarks: views of the project to come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from app.actions import BOOKMARK_KEYS
from app.viewport.orbit_controls import OrbitPose
from avatar_core.commands import AddBookmark, RemoveBookmark, SetBookmark
from avatar_core.project import CameraBookmark, Change, Part

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu

    from app.handlers.context import StudioContext
    from app.preferences import PreferenceValues
    from app.viewport.avatar_view import AvatarView
    from app.viewport.view_bar import ViewBar


class BookmarkHandler(QObject):
    """Keeps views of the viewport in the project and goes back to them.

    The first bookmarks have keys, in the order in which they are listed.
    """

    def __init__(self, context: StudioContext, view: AvatarView, bar: ViewBar) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._bar = bar
        self._menu: QMenu | None = None
        self._others: list[QAction] = []
        popover = self._popover = bar.camera_popover
        context.actions["view.bookmark"].triggered.connect(self.add)
        context.actions["view.bookmarks"].triggered.connect(self._edit)
        for place, action in enumerate(self._keyed):
            action.triggered.connect(lambda _checked=False, place=place: self._go_to_place(place))
        popover.bookmark_chosen.connect(self.go_to)
        popover.bookmark_renamed.connect(self._rename)
        popover.bookmark_moved.connect(self._move)
        popover.bookmark_removed.connect(self._remove)
        context.preferences.changed.connect(self._follow)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def show_in(self, menu: QMenu) -> None:
        """List the bookmarks that have no keys in a menu too."""
        self._menu = menu
        self.refresh()

    def refresh(self) -> None:
        """List the project's bookmarks in the menu and in the popover."""
        bookmarks = self._context.project.bookmarks
        names = [each.name for each in bookmarks.values()]
        for place, action in enumerate(self._keyed):
            is_there = place < len(names)
            action.setVisible(is_there)
            action.setEnabled(is_there)
            words = _escaped(names[place]) if is_there else "Bookmark"
            action.setText(f"&{place + 1}  {words}" if is_there else f"Bookmark &{place + 1}")
        self._list_others()
        self._popover.show_bookmarks(
            [
                (bookmark_id, bookmark.name, self._keys_of(place))
                for place, (bookmark_id, bookmark) in enumerate(bookmarks.items())
            ]
        )

    def add(self) -> None:
        """Bookmark what the viewport shows."""
        command = AddBookmark.of(self._context.project, bookmark_of(self._view.rig.pose))
        self._context.push(command)
        place = list(self._context.project.bookmarks).index(command.entry_id)
        keys = self._keys_of(place)
        self._popover.choose(command.entry_id)
        self._context.toast.show_note(
            f"Bookmarked as {command.entry.name}.", f"{keys} comes back here." if keys else ""
        )

    def go_to(self, bookmark_id: str) -> None:
        """Walk to a bookmark."""
        self._view.rig.go_to(pose_of(self._context.project.bookmarks[bookmark_id]))

    @property
    def _keyed(self) -> list[QAction]:
        numbers = range(1, BOOKMARK_KEYS + 1)
        return [self._context.actions[f"view.bookmark_{number}"] for number in numbers]

    def _keys_of(self, place: int) -> str:
        if place >= BOOKMARK_KEYS:
            return ""
        native = QKeySequence.SequenceFormat.NativeText
        return self._keyed[place].shortcut().toString(native)

    def _list_others(self) -> None:
        menu = self._menu
        if menu is None:
            return
        for action in self._others:
            menu.removeAction(action)
            action.deleteLater()
        self._others = []
        for bookmark_id, bookmark in list(self._context.project.bookmarks.items())[BOOKMARK_KEYS:]:
            action = menu.addAction(_escaped(bookmark.name))
            action.triggered.connect(lambda _on=False, each=bookmark_id: self.go_to(each))
            self._others.append(action)

    def _follow(self, _values: PreferenceValues) -> None:
        """Keys may be other ones now. No lambda: preferences would hold the window for good."""
        self.refresh()

    def _changed(self, change: Change) -> None:
        if Part.BOOKMARKS in change.parts:
            self.refresh()

    def _go_to_place(self, place: int) -> None:
        ids = list(self._context.project.bookmarks)
        if place < len(ids):
            self.go_to(ids[place])

    def _edit(self) -> None:
        self._bar.toggle_camera()
        self._popover.edit_bookmarks()

    def _rename(self, bookmark_id: str, name: str) -> None:
        self._context.push(SetBookmark.renamed(self._context.project, bookmark_id, name))
        self.refresh()  # a name that changes nothing is put back

    def _move(self, bookmark_id: str) -> None:
        view = bookmark_of(self._view.rig.pose)
        self._context.push(SetBookmark.moved(self._context.project, bookmark_id, view))

    def _remove(self, bookmark_id: str) -> None:
        self._context.push(RemoveBookmark.of(self._context.project, bookmark_id))


def bookmark_of(pose: OrbitPose) -> CameraBookmark:
    """A view without a name."""
    x, y, z = (float(each) for each in pose.target)
    return CameraBookmark(
        "", (x, y, z), pose.yaw_rad, pose.pitch_rad, pose.distance_m, pose.fov_y_rad
    )


def pose_of(bookmark: CameraBookmark) -> OrbitPose:
    """Where the camera stands to show a bookmark."""
    return OrbitPose(
        np.array(bookmark.target, np.float32),
        bookmark.yaw_rad,
        bookmark.pitch_rad,
        bookmark.distance_m,
        bookmark.fov_y_rad,
    )


def _escaped(name: str) -> str:
    """A name whose & is no access key."""
    return name.replace("&", "&&")
