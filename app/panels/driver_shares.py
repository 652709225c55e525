"""The popover that says which drivers move a channel group, and how much each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from app.panels.driver_kinds import brief_title
from app.theme import GRID_PX
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import chip, number
from app.widgets.gestures import pass_gestures
from app.widgets.popover import Popover
from avatar_core.motion.mixer_settings import DriverShare
from avatar_core.motion.shares import SLIDERS, gives

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar_core.motion import ChannelGroup

_WEIGHT = NumberRange(0.0, 1.0, 1.0, 0.05)
_WIDTH_PX = 40 * GRID_PX
_MOST_LETTERS = len("Mic + Camera")


class SharesPopover(Popover):
    """A line per driver with a tick and a weight; without a tick, the main driver moves all."""

    shares_edited = Signal(object, tuple)
    """`ChannelGroup`, and its `DriverShare`s from now on."""
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Drivers of a group", parent)
        self._group: ChannelGroup | None = None
        self._shares: tuple[DriverShare, ...] = ()
        self._titles: dict[str, str] = {}
        self.ticks: dict[str, QCheckBox] = {}
        self.weights: dict[str, DragNumber] = {}
        self._words = QLabel(wordWrap=True)
        self._words.setProperty("role", "dim")
        self._words.setFixedWidth(_WIDTH_PX)
        self._rows = QWidget()
        self.main_alone = chip("Main driver alone", "Follow the main driver, whichever it is")
        self.main_alone.clicked.connect(lambda: self._ask(()))
        for row, widget in enumerate((self._words, self._rows, self.main_alone)):
            self._grid.addWidget(widget, row, 0, 1, 2)

    def show_group(
        self,
        group: ChannelGroup,
        shares: Sequence[DriverShare],
        drivers: Sequence[str],
        names: Mapping[str, str],
    ) -> None:
        """Offer drivers for a group.

        Args:
            group: whose row was clicked.
            shares: who moves it now; none: the main driver.
            drivers: URIs of all that could, the main driver first.
            names: of devices and takes, by URI.
        """
        self._group = group
        known = dict.fromkeys((*drivers, SLIDERS))
        gone = [share.driver for share in shares if share.driver not in known]
        titles = {uri: brief_title(uri, names) for uri in known}
        titles |= {uri: f"{brief_title(uri, names)} (not listening)" for uri in gone}
        if drivers:
            titles[drivers[0]] += " (main)"
        if titles != self._titles:
            self._titles = titles
            self._rebuild()
        self._shares = tuple(shares)
        weights = {share.driver: share.weight for share in shares}
        for uri, tick in self.ticks.items():
            with QSignalBlocker(tick):
                tick.setChecked(uri in weights)
            self.weights[uri].set_value(weights.get(uri, 1.0))
            self.weights[uri].setEnabled(uri in weights)
            self._allow(uri, gives(uri, group), group)
        self.main_alone.setEnabled(bool(shares))
        self._words.setText(_WORDS.format(group.label.lower()))

    def _allow(self, uri: str, can_give: bool, group: ChannelGroup) -> None:
        tick = self.ticks[uri]
        tick.setEnabled(can_give or tick.isChecked())
        tick.setToolTip(uri if can_give else f"A voice says nothing about {group.label.lower()}")

    def _rebuild(self) -> None:
        fresh = QWidget()
        grid = QGridLayout(fresh)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 2)
        grid.setColumnStretch(1, 1)
        self.ticks, self.weights = {}, {}
        for row, (uri, title) in enumerate(self._titles.items()):
            self._add_row(grid, row, uri, title)
        self._grid.replaceWidget(self._rows, fresh)
        self._rows.deleteLater()
        self._rows = fresh

    def _add_row(self, grid: QGridLayout, row: int, uri: str, title: str) -> None:
        tick = QCheckBox(title)
        tick.toggled.connect(lambda on: self._tick(uri, on))
        weight = number(_WEIGHT, "Weight", "Its part among the drivers that are there")
        weight.value_edited.connect(lambda value: self._weigh(uri, value))
        pass_gestures(self, weight)
        grid.addWidget(tick, row, 0)
        grid.addWidget(weight, row, 1)
        self.ticks[uri], self.weights[uri] = tick, weight

    def _tick(self, uri: str, is_on: bool) -> None:
        kept = [share for share in self._shares if share.driver != uri]
        if is_on:
            kept.append(DriverShare(uri))
        order = list(self.ticks)
        self._ask(tuple(sorted(kept, key=lambda share: order.index(share.driver))))

    def _weigh(self, uri: str, weight: float) -> None:
        self._ask(
            tuple(
                DriverShare(uri, weight) if share.driver == uri else share for share in self._shares
            )
        )

    def _ask(self, shares: tuple[DriverShare, ...]) -> None:
        if self._group is not None and shares != self._shares:
            self.shares_edited.emit(self._group, shares)


_WORDS = (
    "Who moves {}? Several share it by their weights; one that is gone leaves its part to the"
    " others. No tick: the main driver."
)


def shares_words(shares: Sequence[DriverShare], names: Mapping[str, str]) -> tuple[str, str]:
    """Who moves a group: a word or two, and all of it."""
    if not shares:
        return "Main", "Follows the main driver; click to choose others"
    titles = [brief_title(share.driver, names) for share in shares]
    if len(shares) == 1:
        return titles[0], f"Follows {titles[0]} alone; click to choose"
    told = ", ".join(
        f"{title} {share.weight:.2f}" for title, share in zip(titles, shares, strict=True)
    )
    joined = " + ".join(titles)
    words = joined if len(joined) <= _MOST_LETTERS else f"{len(shares)} drivers"
    return words, f"Shared by weight: {told}; click to choose"
