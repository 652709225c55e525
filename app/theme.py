"""The look: one set of neutral greys, one accent, one font, one icon family.

Skin is judged against what surrounds it, so every surface is a grey without a tint. The accent
marks what is selected or changed and nothing else; red means recording.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QStyleFactory

from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

GRID_PX = 8
"""Spacing is this, its half or a multiple."""

ROW_PX = 24
"""Height of a field, a button, a row."""

ICON_PX = 16


@dataclass(frozen=True, slots=True)
class Colours:
    """sRGB in hex. The names are the tokens of the style sheet (`@panel`)."""

    window: str = "#1c1c1c"
    panel: str = "#272727"
    header: str = "#303030"
    raised: str = "#3a3a3a"
    hover: str = "#474747"
    field: str = "#1e1e1e"
    line: str = "#3b3b3b"
    text: str = "#dedede"
    text_dim: str = "#a3a3a3"
    text_off: str = "#6f6f6f"
    accent: str = "#3f9fd6"
    accent_dim: str = "#2b668a"
    accent_soft: str = "#263943"
    on_accent: str = "#0d1419"
    record: str = "#e5484d"
    warning: str = "#e0a33e"
    good: str = "#5fb874"


COLOURS = Colours()

_GLYPHS: dict[str, str] = {
    "about": "ph.info",
    "add": "ph.plus",
    "calibrate": "ph.crosshair",
    "camera": "ph.camera",
    "clear": "ph.x",
    "clip": "ph.film-strip",
    "close": "ph.x",
    "collapse": "ph.caret-down",
    "delete": "ph.trash",
    "error": "ph.warning-octagon",
    "expand": "ph.caret-right",
    "export": "ph.export",
    "face": "ph.smiley",
    "float": "ph.arrow-square-out",
    "folder": "ph.folder-open",
    "frame": "ph.corners-out",
    "grid": "ph.grid-four",
    "history": "ph.clock-counter-clockwise",
    "import": "ph.download-simple",
    "info": "ph.info",
    "keyboard": "ph.keyboard",
    "layout": "ph.layout",
    "library": "ph.user-square",
    "log": "ph.file-text",
    "loop": "ph.repeat",
    "mirror": "ph.arrows-left-right",
    "mixer": "ph.sliders-horizontal",
    "muted": "ph.speaker-simple-slash",
    "neutral": "ph.smiley-blank",
    "new": "ph.file-plus",
    "open": "ph.folder-open",
    "pause": "ph.pause-fill",
    "picture": "ph.image",
    "play": "ph.play-fill",
    "plots": "ph.chart-line",
    "preferences": "ph.gear-six",
    "quit": "ph.sign-out",
    "record": "ph.record-fill",
    "redo": "ph.arrow-clockwise",
    "refresh": "ph.arrows-clockwise",
    "rename": "ph.pencil-simple",
    "reset": "ph.arrow-counter-clockwise",
    "save": "ph.floppy-disk",
    "search": "ph.magnifying-glass",
    "sliders": "ph.faders",
    "stop": "ph.stop-fill",
    "take": "ph.activity",
    "timer": "ph.timer",
    "undo": "ph.arrow-counter-clockwise",
    "unmuted": "ph.speaker-simple-high",
    "video": "ph.video-camera",
    "warning": "ph.warning",
}


@cache
def icon(name: str, colour: str = COLOURS.text) -> QIcon:
    """An icon by what it stands for, e.g. `icon("record", COLOURS.record)`."""
    import qtawesome  # reads its font tables: only once the first icon is wanted

    made: QIcon = qtawesome.icon(
        _GLYPHS[name], color=colour, color_disabled=COLOURS.text_off, color_selected=colour
    )
    return made


def apply_theme(application: QApplication) -> None:
    """Give the whole application its font, palette and style sheet."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setFont(_interface_font())
    application.setPalette(_palette())
    application.setStyleSheet(style_sheet())


def style_sheet() -> str:
    """The style sheet with the colours filled in; longer tokens first, as `@text` begins others."""
    text = resource_path("styles", "dark.qss").read_text(encoding="utf-8")
    tokens = {**asdict(COLOURS), "icons": resource_path("icons").as_posix()}
    for token in sorted(tokens, key=len, reverse=True):
        text = text.replace(f"@{token}", tokens[token])
    return text


def number_font() -> QFont:
    """The interface font with digits of one width, so that moving numbers stand still."""
    font = _interface_font()
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _interface_font() -> QFont:
    family = _load_fonts()
    font = QFont(family) if family else QFont()
    font.setPixelSize(12)
    return font


@cache
def _load_fonts() -> str:
    family = ""
    for path in sorted(resource_path("fonts").glob("*.otf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0 and not family:
            family = QFontDatabase.applicationFontFamilies(number)[0]
    return family


def _palette() -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colours = {
        role.Window: COLOURS.panel,
        role.WindowText: COLOURS.text,
        role.Base: COLOURS.field,
        role.AlternateBase: COLOURS.panel,
        role.ToolTipBase: COLOURS.header,
        role.ToolTipText: COLOURS.text,
        role.PlaceholderText: COLOURS.text_off,
        role.Text: COLOURS.text,
        role.Button: COLOURS.raised,
        role.ButtonText: COLOURS.text,
        role.BrightText: COLOURS.record,
        role.Link: COLOURS.accent,
        role.Highlight: COLOURS.accent_dim,
        role.HighlightedText: "#ffffff",
        role.Light: COLOURS.hover,
        role.Midlight: COLOURS.raised,
        role.Mid: COLOURS.line,
        role.Dark: COLOURS.window,
        role.Shadow: "#000000",
        role.Accent: COLOURS.accent,
    }
    for which, value in colours.items():
        palette.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(COLOURS.text_off))
    return palette
