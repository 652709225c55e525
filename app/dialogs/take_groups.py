"""Dialogs that ask how a take is to be edited: its channel groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel

from app.dialogs.take_edit import TakeEditDialog, quantity
from app.widgets.drag_number import NumberRange
from app.widgets.times import clock
from avatar_core.motion import ChannelGroup
from avatar_core.motion.take_edits import blended, confined, punched_in
from avatar_core.motion.take_filters import despiked, smoothed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from app.dialogs.take_edit import Edit
    from app.widgets.drag_number import DragNumber
    from avatar_core.motion import Take

_AMOUNT = NumberRange(0.0, 1.0, 0.0, 0.05, 0, scale=100, suffix=" %")
_USUAL_SMOOTHING = 0.25
_DESPIKING = 0.5


class SmoothDialog(TakeEditDialog):
    """Asks how much each group is smoothed, and where single wrong frames are taken out.

    Args:
        span: the in and out point it works between; all of the take when left out.
        parent: the window.
    """

    def __init__(
        self, span: tuple[float, float] | None = None, parent: QWidget | None = None
    ) -> None:
        where = "" if span is None else f" Works from {clock(span[0])} to {clock(span[1])}."
        super().__init__(
            "Smooth and despike",
            "Smoothing calms jitter and adds no lag. Despiking takes out one or two frames that "
            f"jump away and back; blinks stay.{where}",
            parent,
        )
        self._span = span
        self.amounts: dict[ChannelGroup, DragNumber] = {}
        self.spikes: dict[ChannelGroup, QCheckBox] = {}
        for group in ChannelGroup:
            usual = 0.0 if group is ChannelGroup.LIDS else _USUAL_SMOOTHING
            limits = NumberRange(0.0, 1.0, usual, 0.05, 0, scale=100, suffix=" %")
            amount = quantity(limits, "Smooth", f"How calm {group.label.lower()} becomes")
            amount.value_edited.connect(self._tell)
            spikes = QCheckBox("Despike")
            spikes.setToolTip(f"Take single wrong frames out of {group.label.lower()}")
            spikes.setChecked(group is not ChannelGroup.LIDS)
            spikes.toggled.connect(self._tell)
            self.amounts[group], self.spikes[group] = amount, spikes
            self.add_row(group.label, amount, spikes)
        self._tell()

    def edit(self) -> Edit:
        amounts = {group: field.value for group, field in self.amounts.items()}
        spikes = {group: _DESPIKING for group, box in self.spikes.items() if box.isChecked()}
        span = self._span

        def edit(take: Take) -> Take:
            edited = smoothed(despiked(take, spikes), amounts)
            return edited if span is None else confined(take, edited, *span)

        return edit

    def _tell(self) -> None:
        calm = sum(field.value > 0 for field in self.amounts.values())
        spiky = sum(box.isChecked() for box in self.spikes.values())
        self.say(f"{calm} groups are smoothed, {spiky} despiked.", is_possible=bool(calm or spiky))


class BlendDialog(TakeEditDialog):
    """Asks for another take, and how much of each group comes from it."""

    def __init__(self, take: Take, others: Sequence[Take], parent: QWidget | None = None) -> None:
        super().__init__(
            "Blend",
            "Both takes play at once from their beginnings; sound, length and markers stay those "
            f"of {take.name}. The result is a new take.",
            parent,
        )
        self.other = take_choice(others)
        self.add_row("Blend in", self.other)
        self.shares: dict[ChannelGroup, DragNumber] = {}
        for group in ChannelGroup:
            share = quantity(_AMOUNT, "Share", f"How much of {group.label.lower()}")
            share.value_edited.connect(self._tell)
            self.shares[group] = share
            self.add_row(group.label, share)
        self._tell()

    def edit(self) -> Edit:
        other: Take = self.other.currentData()
        shares = {group: field.value for group, field in self.shares.items()}
        return lambda take: blended(take, other, shares)

    def _tell(self) -> None:
        taken = [group.label.lower() for group, field in self.shares.items() if field.value > 0]
        words = f"Takes over: {', '.join(taken)}." if taken else "Give at least one group a share."
        self.say(words, is_possible=bool(taken))


class InsertDialog(TakeEditDialog):
    """Asks which groups of another take are put into this one, between in and out."""

    def __init__(
        self,
        take: Take,
        others: Sequence[Take],
        start_s: float,
        end_s: float,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Replace groups",
            f"From {clock(start_s)} to {clock(end_s)} the chosen groups come from another take. "
            "All others, and everything outside, stay as they are.",
            parent,
        )
        self._span = start_s, end_s
        self.other = take_choice(others)
        self.place = QComboBox()
        self.place.addItem("Begins at the in point", start_s)
        self.place.addItem("Runs beside this take from its beginning", 0.0)
        longest_s = (end_s - start_s) / 2
        limits = NumberRange(0.0, longest_s, min(0.15, longest_s), 0.01, suffix=" s")
        self.fade = quantity(limits, "Fade", "How long the change takes at either end")
        self.add_row("Other take", self.other)
        self.add_row("Where", self.place)
        self.add_row("Fade", self.fade)
        self.groups = group_boxes(self)
        for box in self.groups.values():
            box.toggled.connect(self._tell)
        self._tell()

    def edit(self) -> Edit:
        other: Take = self.other.currentData()
        groups = [group for group, box in self.groups.items() if box.isChecked()]
        fade_s, place_s = self.fade.value, float(self.place.currentData())
        start_s, end_s = self._span
        return lambda take: punched_in(take, other, groups, start_s, end_s, fade_s, place_s)

    def _tell(self) -> None:
        chosen = [group.label.lower() for group, box in self.groups.items() if box.isChecked()]
        words = f"Replaces {', '.join(chosen)}." if chosen else "Choose at least one group."
        self.say(words, is_possible=bool(chosen))


def take_choice(takes: Sequence[Take]) -> QComboBox:
    """A list of takes, each with its length."""
    choice = QComboBox()
    for take in takes:
        choice.addItem(f"{take.name}   {clock(take.duration_s)}", take)
    return choice


def group_boxes(dialog: TakeEditDialog) -> dict[ChannelGroup, QCheckBox]:
    """One box per channel group, in rows of the dialog."""
    boxes = {}
    for group in ChannelGroup:
        box = QCheckBox(group.label)
        boxes[group] = box
        row = dialog.grid.rowCount()
        if group is ChannelGroup.HEAD_TURN:
            dialog.grid.addWidget(QLabel("Groups"), row, 0)
        dialog.grid.addWidget(box, row, 1)
    return boxes
