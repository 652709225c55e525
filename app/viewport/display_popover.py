"""The Display popover: every way to look at the avatar, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.widgets.popover import Popover, chips

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

FACE = tuple(
    f"view.face_{name}"
    for name in ("colour", "diffuse", "view", "dynamic", "displacement", "uv", "parts")
)
BACKGROUND = tuple(
    f"view.background_{name}" for name in ("grey", "black", "white", "green", "other", "picture")
)
_ROWS = (
    ("Face", FACE),
    ("Hair", ("view.ellipsoids", "view.exact")),
    ("Alone", ("view.face_only", "view.hair_only")),
    ("Show", ("view.hair", "view.grid", "view.wireframe", "view.depth", "view.headlight")),
)


class DisplayPopover(Popover):
    """Chips for all display actions; it stays open while one way is compared with another.

    Args:
        find: gives an action by its id.
        parent: the window.
    """

    def __init__(self, find: Callable[[str], QAction], parent: QWidget | None = None) -> None:
        super().__init__("Display", parent)
        for name, ids in _ROWS:
            self.add_row(name, chips([find(each) for each in ids]))
        self.add_line()
        self.add_row("Background", chips([find(each) for each in BACKGROUND], with_icons=True))
        self.add_line()
        self.add_row("", chips([find("view.display_reset")], columns=1))
