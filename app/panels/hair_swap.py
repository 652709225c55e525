"""Swapping hair: whose, how much of it, and how it sits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import GRID_PX
from app.widgets.drag_number import NumberRange
from app.widgets.fields import action_chips, column, heading, line, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from app.widgets.drag_number import DragNumber

_OPEN_FILE = "open-file"
_BLEND = NumberRange(0.0, 1.0, 1.0, 0.02, 0, scale=100, suffix=" %")
_SIZE = NumberRange(0.5, 2.0, 1.0, 0.01, 0, scale=100, suffix=" %")
_SHIFT = NumberRange(-0.08, 0.08, 0.0, 0.001, 0, scale=1000, suffix=" mm")
_TILT = NumberRange(-0.8, 0.8, 0.0, 0.01, 0, scale=57.29578, suffix="°")


@dataclass(frozen=True, slots=True)
class SwapWish:
    """How other hair is to be put on.

    Args:
        blend: 0 is the hair there was, 1 the other.
        selected_only: replace the selected hair alone.
        size: factor.
        up_m, forward_m: from where the fit puts it.
        tilt_rad: forwards.
    """

    blend: float = 1.0
    selected_only: bool = False
    size: float = 1.0
    up_m: float = 0.0
    forward_m: float = 0.0
    tilt_rad: float = 0.0


class HairSwapBody(QWidget):
    """A preview of other hair on this head, until it is kept or dropped.

    Args:
        actions: save this hair, and the like.
    """

    source_chosen = Signal(str)
    """Reference of the avatar, hairstyle or file of Gaussians whose hair is wanted."""
    file_requested = Signal()
    wish_edited = Signal(object)
    """The `SwapWish`, while the preview is to be seen."""
    kept = Signal()
    dropped = Signal()

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wish = SwapWish()
        self._source = QComboBox()
        self._source.setAccessibleName("Whose hair")
        self._source.setToolTip("Hair to be put on this head")
        self._source.activated.connect(self._choose)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedHeight(GRID_PX // 2)
        self._report = QLabel(wordWrap=True)
        self._report.setProperty("role", "dim")
        self._only = QCheckBox("Selected hair only")
        self._only.setToolTip("Leave the hair that is not selected as it is")
        self._only.toggled.connect(lambda is_on: self._ask(selected_only=is_on))
        self._numbers = {
            "blend": number(_BLEND, "Blend", "From the hair there was to the other"),
            "size": number(_SIZE, "Size", "Larger or smaller than the fit"),
            "up_m": number(_SHIFT, "Up", "Higher or lower than the fit"),
            "forward_m": number(_SHIFT, "Forward", "Further to the front or the back"),
            "tilt_rad": number(_TILT, "Tilt", "Turned over the ears, forwards or back"),
        }
        for name, field in self._numbers.items():
            field.value_edited.connect(lambda value, name=name: self._ask(**{name: value}))
        keep = QPushButton(icon("found"), "Keep")
        keep.setToolTip("Put the hair on: one step of the history")
        keep.clicked.connect(self.kept)
        drop = QPushButton("Cancel")
        drop.setToolTip("Leave the hair as it was")
        drop.clicked.connect(self.dropped)
        self._preview = column(
            self._numbers["blend"], self._only, heading("Fit"), self._numbers["size"],
            line(self._numbers["up_m"], self._numbers["forward_m"]), self._numbers["tilt_rad"],
            line(keep, drop), margin_px=0,
        )  # fmt: skip
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            column(self._source, self._bar, self._report, self._preview, action_chips(actions, 1))
        )
        self.show_sources(())
        self.show_progress(None)
        self.show_preview(None)

    def show_sources(self, sources: Sequence[tuple[str, str, str]]) -> None:
        """Offer hair: reference, name and icon each."""
        with QSignalBlocker(self._source):
            self._source.clear()
            self._source.addItem("Hair of …", "")
            for reference, name, sign in sources:
                self._source.addItem(icon(sign), name, reference)
            self._source.insertSeparator(self._source.count())
            self._source.addItem(
                icon("folder"), "Open avatar, hairstyle or Gaussians …", _OPEN_FILE
            )

    def show_progress(self, fraction: float | None) -> None:
        """How far the fit is, 0..1; None while none is made."""
        self._bar.setVisible(fraction is not None)
        self._bar.setValue(round(1000 * (fraction or 0)))

    def show_preview(self, report: str | None, wish: SwapWish | None = None) -> None:
        """What is to be said of the hair that is tried on; None while none is."""
        self._preview.setVisible(report is not None)
        self._report.setVisible(bool(report))
        self._report.setText(report or "")
        if report is None:
            self._source.setCurrentIndex(0)
        self.show_wish(wish or SwapWish())

    def show_wish(self, wish: SwapWish) -> None:
        self._wish = wish
        for name, field in self._numbers.items():
            field.set_value(getattr(wish, name))
        with QSignalBlocker(self._only):
            self._only.setChecked(wish.selected_only)

    @property
    def numbers(self) -> dict[str, DragNumber]:
        """The fields by the name of what they set in a `SwapWish`."""
        return self._numbers

    @property
    def report(self) -> str:
        """What is said of the hair that is tried on."""
        return self._report.text()

    @property
    def references(self) -> list[str]:
        """All hair that is offered."""
        return [self._source.itemData(row) for row in range(1, self._source.count() - 2)]

    @property
    def is_trying(self) -> bool:
        return not self._preview.isHidden()

    def _choose(self, index: int) -> None:
        reference = self._source.itemData(index)
        if reference == _OPEN_FILE:
            self._source.setCurrentIndex(0)
            self.file_requested.emit()
        elif reference is not None and index > 0:
            self.source_chosen.emit(reference)

    def _ask(self, **changes: object) -> None:
        self.show_wish(replace(self._wish, **changes))  # type: ignore[arg-type]
        self.wish_edited.emit(self._wish)
