"""The look: one set of neutral greys, one accent, one font.

Skin is judged against what surrounds it, so every surface is a grey without a tint. The accent
marks what is selected or changed and nothing else; red means recording.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
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
