"""PaintLayerSettings: how the chosen paint layer counts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.icons import icon
from app.panels.paint_layer_line import PART_ICONS
from app.theme import COLOURS, GRID_PX
from app.widgets.colour_button import ColourButton
from app.widgets.drag_number import NumberRange
from app.widgets.fields import column, line, number
from app.widgets.gestures import pass_gestures
from avatar_core.project.paint import Adjustment, Blend, LayerKind, TexturePart

if TYPE_CHECKING:
    from app.panels.paint_layers import PaintLayerRow
    from app.widgets.drag_number import DragNumber

_OPACITY = NumberRange(0.0, 1.0, 1.0, 0.05, 0, scale=100, suffix=" %")
_EITHER_WAY = NumberRange(-1.0, 1.0, 0.0, 0.05, 0, scale=100, suffix=" %")
_PART_WORDS = {
    TexturePart.COLOUR: "Colour",
    TexturePart.GLOSS: "Gloss",
    TexturePart.WRINKLES: "Wrinkles",
    TexturePart.SCULPT: "Sculpt",
}
_PART_TIPS = {
    TexturePart.COLOUR: "the basic colour; view and expression go on shading it",
    TexturePart.GLOSS: "how the place of the eye changes the face: black nothing, white twice",
    TexturePart.WRINKLES: "how the expression changes the face: black nothing, white twice",
    TexturePart.SCULPT: "the surface: black 4 mm in, white 4 mm out",
}
_ADJUSTMENT_ROWS = (
    ("hue_turn_rad", "Hue", "All hues turned, from red towards yellow",
     NumberRange(-math.pi, math.pi, 0.0, math.radians(2), 0, scale=math.degrees(1), suffix="°")),
    ("saturation", "Saturation", "Towards grey, or more colourful", _EITHER_WAY),
    ("lightness", "Lightness", "Towards black or white", _EITHER_WAY),
    ("gamma", "Gamma", "Brightness of the middle tones", NumberRange(0.1, 10.0, 1.0, 0.05, 2)),
    ("black", "Black", "What becomes black",
     NumberRange(0.0, 0.95, 0.0, 0.01, 0, scale=255)),
    ("white", "White", "What becomes white",
     NumberRange(0.05, 1.0, 1.0, 0.01, 0, scale=255)),
)  # fmt: skip
_LEAST_LEVELS = 0.02


class PaintLayerSettings(QWidget):
    """Blend mode, opacity and texture part of a layer; a fill's colour, an adjustment's numbers.

    Each signal brings the id of the layer first.
    """

    opacity_edited = Signal(str, float)
    blend_edited = Signal(str, object)
    part_edited = Signal(str, object)
    colour_edited = Signal(str, object)
    adjustment_edited = Signal(str, object)
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer: PaintLayerRow | None = None
        self.blend = QComboBox()
        self.blend.setAccessibleName("Blend mode")
        self.blend.setToolTip("How the layer meets what is below it")
        self.blend.addItems([each.value.capitalize() for each in Blend])
        self.blend.activated.connect(lambda row: self._tell(self.blend_edited, list(Blend)[row]))
        self.part = QComboBox()
        self.part.setAccessibleName("Texture part")
        for part, words in _PART_WORDS.items():
            self.part.addItem(icon(PART_ICONS[part], COLOURS.text_dim), words)
        self.part.activated.connect(
            lambda row: self._tell(self.part_edited, list(_PART_WORDS)[row])
        )
        self.opacity = number(_OPACITY, "Opacity", "How much of the layer counts")
        self.opacity.value_edited.connect(lambda value: self._tell(self.opacity_edited, value))
        self.colour = ColourButton("Colour of the fill", "Fill colour")
        self.colour.colour_edited.connect(lambda colour: self._tell(self.colour_edited, colour))
        self.adjustment: dict[str, DragNumber] = {}
        for name, label, tip, limits in _ADJUSTMENT_ROWS:
            field = self.adjustment[name] = number(limits, label, tip)
            field.value_edited.connect(lambda value, name=name: self._adjust(name, value))
        pass_gestures(self, self.opacity, *self.adjustment.values())
        fields = list(self.adjustment.values())
        pairs = [line(*fields[at : at + 2]) for at in range(0, len(fields), 2)]
        self._numbers = column(*pairs)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID_PX // 2)
        rows.addLayout(line(self.blend, self.opacity))
        rows.addLayout(line(self.part, self.colour))
        rows.addWidget(self._numbers)
        self.show_layer(None)

    def show_layer(self, layer: PaintLayerRow | None) -> None:
        """Show how a layer counts; None while none is chosen."""
        self._layer = layer
        self.setEnabled(layer is not None)
        kind = None if layer is None else layer.kind
        self.part.setVisible(kind is not LayerKind.GROUP)
        self.colour.setVisible(kind is LayerKind.FILL)
        self._numbers.setVisible(kind is LayerKind.ADJUSTMENT)
        if layer is None:
            return
        with QSignalBlocker(self.blend), QSignalBlocker(self.part):
            self.blend.setCurrentIndex(list(Blend).index(layer.blend))
            self.part.setCurrentIndex(list(_PART_WORDS).index(layer.part))
        self.part.setToolTip(f"The layer changes {_PART_TIPS[layer.part]}")
        self.opacity.set_value(layer.opacity)
        self.colour.show_colour(layer.colour)
        for name, field in self.adjustment.items():
            field.set_value(getattr(layer.adjustment, name))

    def _adjust(self, name: str, value: float) -> None:
        if self._layer is None:
            return
        changed = {name: value}
        now = self._layer.adjustment
        if name == "black":  # black and white do not meet
            changed["white"] = max(now.white, value + _LEAST_LEVELS)
        elif name == "white":
            changed["black"] = min(now.black, value - _LEAST_LEVELS)
        adjusted: Adjustment = replace(now, **changed)
        self._tell(self.adjustment_edited, adjusted)

    def _tell(self, signal: object, value: object) -> None:
        if self._layer is not None:
            signal.emit(self._layer.id, value)  # type: ignore[attr-defined]
