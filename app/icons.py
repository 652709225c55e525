"""Icons: glyphs of one font, painted in any size and colour.

The font is Phosphor. It is read here rather than through an icon library because the window must
be up within two seconds, and such a library takes a quarter of one for fonts that nobody uses.
"""

from __future__ import annotations

import json
from functools import cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from app.theme import COLOURS
from avatar_core.resources import resource_path

_GLYPHS: dict[str, str] = {
    "about": "info",
    "bookmark": "bookmark-simple",
    "calibrate": "crosshair",
    "camera": "camera",
    "clear": "x",
    "clip": "film-strip",
    "picture": "image",
    "close": "x-bold",
    "collapse": "caret-down-bold",
    "delete": "trash",
    "depth": "circle-half",
    "display": "eye",
    "error": "warning-octagon",
    "expand": "caret-right-bold",
    "export": "export",
    "float": "arrow-square-out",
    "folder": "folder-open",
    "found": "check-circle",
    "frame": "corners-out",
    "grid": "grid-four",
    "hair": "scissors",
    "headlight": "lightbulb",
    "import": "download-simple",
    "info": "info",
    "keyboard": "keyboard",
    "labels": "palette",
    "layout": "layout",
    "lens": "aperture",
    "library": "user-square",
    "log": "file-text",
    "loop": "repeat",
    "matte": "selection-background",
    "missing": "x-circle",
    "mirror": "arrows-left-right",
    "mixer": "sliders-horizontal",
    "muted": "speaker-simple-slash",
    "neutral": "smiley-blank",
    "new": "file-plus",
    "next": "caret-right-bold",
    "open": "folder-open",
    "optional": "circle-dashed",
    "outline": "user-focus",
    "pause": "pause-fill",
    "play": "play-fill",
    "preferences": "gear-six",
    "previous": "caret-left-bold",
    "quit": "sign-out",
    "recent": "clock-counter-clockwise",
    "record": "record-fill",
    "redo": "arrow-clockwise",
    "refresh": "arrows-clockwise",
    "rename": "pencil-simple",
    "reset": "arrow-counter-clockwise",
    "save": "floppy-disk",
    "search": "magnifying-glass",
    "sliders": "faders",
    "split": "square-half",
    "stop": "stop-fill",
    "take": "activity",
    "timer": "timer",
    "train": "graduation-cap",
    "turntable": "globe-stand",
    "undo": "arrow-counter-clockwise",
    "unmuted": "speaker-simple-high",
    "video": "video-camera",
    "warning": "warning",
    "wireframe": "polygon",
}
"""What an icon stands for, and the glyph of Phosphor that says so."""


@cache
def icon(name: str, colour: str = COLOURS.text) -> QIcon:
    """An icon by what it stands for, e.g. `icon("record", COLOURS.record)`."""
    return QIcon(_GlyphEngine(_character(name), colour))


@cache
def swatch(colour: str) -> QIcon:
    """A colour as an icon, in hex, e.g. of a background that can be chosen."""
    return QIcon(_SwatchEngine(colour))


def icon_names() -> tuple[str, ...]:
    """Everything `icon` knows."""
    return tuple(_GLYPHS)


def _character(name: str) -> str:
    return chr(int(_code_points()[_GLYPHS[name]].removeprefix("0x"), 16))


@cache
def _code_points() -> dict[str, str]:
    text = resource_path("fonts", "phosphor.json").read_text(encoding="utf-8")
    points: dict[str, str] = json.loads(text)
    return points


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(resource_path("fonts", "phosphor.ttf")))
    families = QFontDatabase.applicationFontFamilies(number)
    return families[0] if families else QFont().family()


class _PaintedIcon(QIconEngine):
    """An icon of any size that is painted when it is needed."""

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return pixmap


class _SwatchEngine(_PaintedIcon):
    """Paints a colour with a rim that shows on any surface."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, _mode: object, _state: object) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(COLOURS.text_off))
        painter.setBrush(QColor(self._colour))
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.restore()

    def clone(self) -> QIconEngine:
        return _SwatchEngine(self._colour)


class _GlyphEngine(_PaintedIcon):
    """Paints one character; grey when what it belongs to is disabled."""

    def __init__(self, character: str, colour: str) -> None:
        super().__init__()
        self._character = character
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        font = QFont(_family())
        font.setPixelSize(max(min(rect.width(), rect.height()), 1))
        painter.save()
        painter.setFont(font)
        is_disabled = mode == QIcon.Mode.Disabled
        painter.setPen(QColor(COLOURS.text_off if is_disabled else self._colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._character, self._colour)
