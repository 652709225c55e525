"""ModelOptions: how portrait models run on this computer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.theme import GRID_PX

_HERE = "On this computer, for all portraits."
_DETAIL_TIP = (
    "The model's second stage adds fine detail to each picture. Without a graphics card it costs"
    f" more time than all the rest. {_HERE}"
)
_COMPILE_TIP = (
    "Drawing is made ready for this very graphics card. That takes a minute or two whenever the"
    f" model is loaded, and pays for films and long performances. {_HERE}"
)


class ModelOptions(QWidget):
    """Two boxes, each only where it changes anything: a second stage to use, a card to compile for.

    They are the user's, not the project's: see `PreferenceValues`.
    """

    detail_wanted = Signal(bool)
    compiling_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.detail = QCheckBox("Detail stage")
        self.detail.setToolTip(_DETAIL_TIP)
        self.compiling = QCheckBox("Compile for this card")
        self.compiling.setToolTip(_COMPILE_TIP)
        self._is_on_card = False
        self._detail: bool | None = None
        self.detail.clicked.connect(self.detail_wanted)
        self.compiling.clicked.connect(self.compiling_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.detail)
        layout.addWidget(self.compiling)
        self.show_model(has_detail=False, is_on_card=False)

    def show_model(self, *, has_detail: bool, is_on_card: bool) -> None:
        """Offer what there is to choose for a model.

        Args:
            has_detail: it has a second stage.
            is_on_card: it runs on a graphics card.
        """
        self._is_on_card = is_on_card
        self.detail.setVisible(has_detail)
        self.compiling.setVisible(is_on_card)
        self.setVisible(has_detail or is_on_card)
        self._tick_detail()

    def show_wishes(self, *, detail: bool | None, compiling: bool) -> None:
        """Tick what is wanted.

        Args:
            detail: None leaves it to the studio, which wants it on graphics cards alone.
            compiling: whether models are compiled.
        """
        self._detail = detail
        self.compiling.setChecked(compiling)
        self._tick_detail()

    def _tick_detail(self) -> None:
        self.detail.setChecked(self._is_on_card if self._detail is None else self._detail)
