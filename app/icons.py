"""Icons: glyphs of one font and drawings of our own, painted in any size and colour.

The font is Phosphor. It is read here rather than through an icon library because the window must
be up within two seconds, and such a library takes a quarter of one for fonts that nobody uses.
What it has no glyph for, combs and locks of hair, is drawn in `resources/icons/drawn`.
"""

from __future__ import annotations

import json
from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from app.theme import COLOURS
from avatar_core.resources import resource_path

_GLYPHS: dict[str, str] = {
    "about": "info",
    "add": "plus-bold",
    "bake": "stack-simple",
    "blur": "drop",
    "bookmark": "bookmark-simple",
    "box": "selection",
    "brush": "paint-brush",
    "bucket": "paint-bucket",
    "bypass": "prohibit",
    "calibrate": "crosshair",
    "camera": "camera",
    "clear": "x",
    "clear_range": "brackets-square",
    "clip": "film-strip",
    "close": "x-bold",
    "collapse": "caret-down-bold",
    "cut": "scissors",
    "delete": "trash",
    "depth": "circle-half",
    "display": "eye",
    "duplicate": "copy-simple",
    "dye": "drop-half",
    "erase": "eraser",
    "error": "warning-octagon",
    "expand": "caret-right-bold",
    "export": "export",
    "eyedropper": "eyedropper",
    "flag": "flag",
    "float": "arrow-square-out",
    "folded": "folder-simple",
    "folder": "folder-open",
    "found": "check-circle",
    "frame": "corners-out",
    "frames": "film-strip",
    "gizmo": "arrows-out-cardinal",
    "gloss": "sparkle",
    "grid": "grid-four",
    "group": "folder-simple-plus",
    "hair": "scissors",
    "headlight": "lightbulb",
    "hidden": "eye-slash",
    "highlights": "sparkle",
    "import": "download-simple",
    "in_point": "arrow-line-left",
    "info": "info",
    "invert": "selection-inverse",
    "keyboard": "keyboard",
    "labels": "palette",
    "latency": "gauge",
    "layout": "layout",
    "lens": "aperture",
    "library": "user-square",
    "link": "link-simple",
    "locked": "lock-simple",
    "log": "file-text",
    "loop": "repeat",
    "lower": "arrow-down",
    "main": "star-fill",
    "mask": "circle-half-tilt",
    "matte": "selection-background",
    "merge": "arrow-line-down",
    "microphone": "microphone",
    "mirror": "arrows-left-right",
    "missing": "x-circle",
    "mixer": "sliders-horizontal",
    "muted": "speaker-simple-slash",
    "network": "broadcast",
    "neutral": "smiley-blank",
    "new": "file-plus",
    "next": "caret-right-bold",
    "next_marker": "skip-forward",
    "open": "folder-open",
    "optional": "circle-dashed",
    "out_point": "arrow-line-right",
    "outline": "user-focus",
    "paint": "paint-brush",
    "palette": "palette",
    "pause": "pause-fill",
    "phone": "device-mobile",
    "picture": "image",
    "pictures": "stack",
    "play": "play-fill",
    "polygon": "polygon",
    "preferences": "gear-six",
    "pressure": "pen-nib",
    "previous": "caret-left-bold",
    "previous_marker": "skip-back",
    "punch": "record",
    "quit": "sign-out",
    "raise": "arrow-up",
    "recent": "clock-counter-clockwise",
    "record": "record-fill",
    "redo": "arrow-clockwise",
    "refresh": "arrows-clockwise",
    "rename": "pencil-simple",
    "repair": "bandaids",
    "reset": "arrow-counter-clockwise",
    "retime": "fast-forward",
    "save": "floppy-disk",
    "sculpt": "cube",
    "search": "magnifying-glass",
    "shown": "eye",
    "skin": "fingerprint",
    "sliders": "faders",
    "smile": "smiley",
    "smooth_curve": "chart-line",
    "smudge": "hand-pointing",
    "sound": "music-notes-simple",
    "split": "square-half",
    "stop": "stop-fill",
    "swap": "swap",
    "take": "activity",
    "target": "target",
    "through": "intersect",
    "timecode": "clock",
    "timer": "timer",
    "train": "graduation-cap",
    "turntable": "globe-stand",
    "undo": "arrow-counter-clockwise",
    "unmuted": "speaker-simple-high",
    "video": "video-camera",
    "visible": "eye",
    "warning": "warning",
    "wireframe": "polygon",
    "wrinkles": "waves",
}
"""What an icon stands for, and the glyph of Phosphor that says so."""

_DRAWN = (
    "clone", "comb", "cut_lasso", "cut_line", "density", "gradient", "grow", "hook", "lasso",
    "parting", "pinch", "puff", "select_brush", "smooth", "sphere", "strand_lock", "twist",
)  # fmt: skip
"""What is drawn in white in a file of that name."""

_INK = "#ffffff"


@cache
def icon(name: str, colour: str = COLOURS.text) -> QIcon:
    """An icon by what it stands for, e.g. `icon("record", COLOURS.record)`."""
    if name in _DRAWN:
        return QIcon(_DrawnEngine(_drawing(name), colour))
    return QIcon(_GlyphEngine(_character(name), colour))


@cache
def swatch(colour: str) -> QIcon:
    """A colour as an icon, in hex, e.g. of a background that can be chosen."""
    return QIcon(_SwatchEngine(colour))


def icon_names() -> tuple[str, ...]:
    """Everything `icon` knows."""
    return (*_GLYPHS, *_DRAWN)


def _character(name: str) -> str:
    return chr(int(_code_points()[_GLYPHS[name]].removeprefix("0x"), 16))


@cache
def _drawing(name: str) -> str:
    return resource_path("icons", "drawn", f"{name}.svg").read_text(encoding="utf-8")


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


class _DrawnEngine(_PaintedIcon):
    """Paints a drawing; grey when what it belongs to is disabled."""

    def __init__(self, drawing: str, colour: str) -> None:
        super().__init__()
        self._drawing = drawing
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        from PySide6.QtSvg import QSvgRenderer  # no drawing is to be seen when the window opens

        colour = COLOURS.text_off if mode == QIcon.Mode.Disabled else self._colour
        inked = self._drawing.replace(_INK, colour)
        QSvgRenderer(QByteArray(inked.encode())).render(painter, QRectF(rect))

    def clone(self) -> QIconEngine:
        return _DrawnEngine(self._drawing, self._colour)
