"""What is selected, hidden and locked: by the panel and by actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.widgets.range_histogram import ValueFormat
from avatar_core.errors import AssetError, AvatarError
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED
from avatar_core.hair import selection
from avatar_core.hair.edited import basic_colours
from avatar_core.hair.properties import PROPERTIES, HairProperty, property_values
from avatar_core.hair.regions import rows_by_colour, rows_in_range, seen_from
from avatar_core.hair.selection import SelectMode, combined

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from app.panels.hair_selection import HairSelectionBody
    from app.viewport.avatar_view import AvatarView
    from app.widgets.colour_field import Rgb
    from avatar_core.geometry import Float32
    from avatar_core.hair.strands import Strands

PROPERTY_ROWS = tuple((each.value, info.label) for each, info in PROPERTIES.items())
"""What the panel offers: id and words."""

_SOFT_SHARE = 0.5
"""Of the tolerance, over which colours count less and less beyond it."""


def mode_of(keys: Qt.KeyboardModifier) -> SelectMode:
    """What keys ask for: Shift adds, Ctrl takes away, both keep the overlap."""
    shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
    ctrl = bool(keys & Qt.KeyboardModifier.ControlModifier)
    if shift and ctrl:
        return SelectMode.INTERSECT
    if shift:
        return SelectMode.ADD
    return SelectMode.SUBTRACT if ctrl else SelectMode.REPLACE


class SelectHandler(QObject):
    """Selects as the panel and the actions ask, each time as one step.

    Args:
        context: the document.
        hair: the hair on the stage.
        view: from where colours are seen.
        body: the Selection section.
    """

    def __init__(
        self,
        context: StudioContext,
        hair: GroomHair,
        view: AvatarView,
        body: HairSelectionBody,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._view = view
        self._body = body
        self._is_shown = False
        body.colour_wanted.connect(self._by_colour)
        body.property_wanted.connect(lambda _name: self._show_property())
        body.range_wanted.connect(self._by_range)
        hair.edited.connect(self._show)
        hair.ground_ready.connect(self._show_property)
        for name, work in self._works().items():
            context.actions[f"groom.{name}"].triggered.connect(
                lambda _on=False, work=work: hair.attempt(work)
            )

    def set_shown(self, is_shown: bool) -> None:
        """Keep the panel up to date only while it is to be seen."""
        self._is_shown = is_shown
        self._show()

    def choose(self, found: Float32, keys: Qt.KeyboardModifier, label: str) -> None:
        """Select what was found, weights [M]; keys say what becomes of what is selected."""
        before = self._hair.now.weights
        wanted = combined(before, found * self.open_rows(), mode_of(keys))
        self._hair.select(wanted, label)

    def open_rows(self) -> NDArray[np.bool_]:
        """[M] what may be selected: neither hidden, locked nor deleted."""
        flags = self._hair.now.cloud.flags
        is_open: NDArray[np.bool_] = (flags & (HIDDEN | LOCKED | DELETED)) == 0
        return is_open

    # actions

    def _works(self) -> dict[str, Callable[[], None]]:
        return {
            "all": lambda: self._hair.select(self.open_rows().astype(np.float32), "Select all"),
            "none": lambda: self._hair.select(
                np.zeros(len(self._hair.now.cloud), np.float32), "Select nothing"
            ),
            "invert": lambda: self._hair.select(
                selection.inverted(self._hair.now.weights, self.open_rows()), "Invert selection"
            ),
            "expand": lambda: self._spread(selection.grown, "Grow selection"),
            "shrink": lambda: self._spread(selection.shrunk, "Shrink selection"),
            "soften": lambda: self._spread(selection.softened, "Soften selection"),
            "hide": lambda: self._flag(selection.hidden_rows, "Hide hair"),
            "isolate": self._isolate,
            "lock": lambda: self._flag(selection.locked, "Lock hair"),
            "show_all": lambda: self._hair.set_flags(
                selection.shown_all(self._flags()), "Show all hair"
            ),
            "unlock": lambda: self._hair.set_flags(
                selection.unlocked(self._flags()), "Unlock hair"
            ),
        }

    def _spread(self, work: Callable[[Float32, NDArray[np.int32]], Float32], label: str) -> None:
        weights = work(self._hair.now.weights, self._strands().neighbours)
        self._hair.select(weights * self.open_rows(), label)

    def _flag(
        self, work: Callable[[NDArray[np.uint8], Float32], NDArray[np.uint8]], label: str
    ) -> None:
        self._hair.set_flags(work(self._flags(), self._selected()), label)

    def _isolate(self) -> None:
        if (self._flags() & HIDDEN).any():
            self._hair.set_flags(selection.shown_all(self._flags()), "Show all hair")
        else:
            self._flag(selection.isolated, "Isolate hair")

    def _selected(self) -> Float32:
        weights = self._hair.now.weights
        if not weights.any():
            raise AssetError("Nothing is selected.", "Select hair first.")
        return weights

    def _flags(self) -> NDArray[np.uint8]:
        return self._hair.now.cloud.flags & np.uint8(HIDDEN | LOCKED)

    def _strands(self) -> Strands:
        strands = self._hair.strands
        if strands is None:
            raise AssetError("The strands of this hair are still being found.", "Wait a moment.")
        return strands

    # the panel

    def _by_colour(
        self, colour: Rgb, tolerance: float, is_seen: bool, keys: Qt.KeyboardModifier
    ) -> None:
        def find() -> None:
            cloud = self._hair.now.cloud
            colours = basic_colours(cloud.sh)
            frame = self._hair.frame
            if is_seen and frame is not None:
                colours = seen_from(
                    cloud.moved(frame.hair_means, cloud.quats), self._view.camera().position,
                    self._hair.space().turn,
                )  # fmt: skip
            found = rows_by_colour(colours, colour, tolerance, _SOFT_SHARE * tolerance)
            self.choose(found, keys, "Select by colour")

        self._hair.attempt(find)

    def _by_range(self, name: str, low: float, high: float, keys: Qt.KeyboardModifier) -> None:
        def find() -> None:
            label = PROPERTIES[HairProperty(name)].label.lower()
            self.choose(rows_in_range(self._values(), low, high), keys, f"Select by {label}")

        self._hair.attempt(find)

    def _values(self) -> Float32:
        measured = HairProperty(self._body.property_id)
        if PROPERTIES[measured].needs_strands:
            self._strands()
        return property_values(self._hair.now.cloud, self._hair.strands, measured)

    def _show(self) -> None:
        if not self._is_shown:
            return
        try:
            hair = self._hair.now
        except AvatarError:
            return
        is_open = (hair.cloud.flags & (HIDDEN | DELETED)) == 0
        self._body.show_count(int((hair.weights > 0).sum()), int(is_open.sum()))
        self._show_property()

    def _show_property(self) -> None:
        if not self._is_shown:
            return
        info = PROPERTIES[HairProperty(self._body.property_id)]
        try:
            values = self._values()
        except AvatarError:
            values = np.zeros(0, np.float32)
        self._body.show_distribution(
            values, ValueFormat(info.scale, info.decimals, f" {info.unit}")
        )
