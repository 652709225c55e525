"""What kind of film clips become: format, transparency, presets; chosen in a menu, remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from avatar_core.recording.film_format import FORMATS, H264, FilmFormat
from avatar_core.recording.presets import PRESETS, FilmPreset

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMenu

    from app.handlers.context import StudioContext
    from avatar_core.recording.clip import VideoSettings

_REMEMBERED = "clip_format"
_TRANSPARENT_TIP = "Leave the background out, so that an editing program can lay another below"
_OPAQUE_TIP = "{} cannot be transparent: choose ProRes 4444, WebM, PNG or WebP"


class ClipFormatHandler(QObject):
    """Lets the user choose what files clips are recorded into.

    Args:
        context: keeps the choice among the preferences.
        menu: gets the choices at its end.
    """

    def __init__(self, context: StudioContext, menu: QMenu) -> None:
        super().__init__(context.window)
        self._context = context
        self._format, self._is_transparent = self._kept()
        menu.addSeparator()
        self.presets = menu.addMenu("Film pr&eset")
        self.presets.setToolTipsVisible(True)
        for preset in PRESETS.values():
            self._offer_preset(preset)
        self.formats = menu.addMenu("&Format")
        self.formats.setToolTipsVisible(True)
        group = QActionGroup(self)
        self._choices = {film: self._choice(film, group) for film in FORMATS.values()}
        self.transparent = menu.addAction("Transparent &background")
        self.transparent.setCheckable(True)
        self.transparent.triggered.connect(self._set_transparent)
        self.size = menu.addAction("")
        self.size.setToolTip("Change the size and rate of clips in the preferences")
        self.size.triggered.connect(context.actions["edit.preferences"].trigger)
        menu.aboutToShow.connect(self.refresh)
        self.formats.aboutToShow.connect(self._offer_what_opens)
        self.refresh()

    @property
    def format(self) -> FilmFormat:
        """Of the next clip."""
        return self._format

    def file(self, path: Path, settings: VideoSettings) -> tuple[Path, VideoSettings]:
        """The file and settings of a clip that would be an mp4 otherwise."""
        named = path.with_name(path.name.removesuffix(path.suffix) + self._format.suffix)
        return named, replace(settings, format=self._format, alpha=self._has_alpha)

    def refresh(self) -> None:
        """Show what is chosen."""
        values = self._context.preferences.values
        self._choices[self._format].setChecked(True)
        self.transparent.setEnabled(self._format.keeps_alpha)
        self.transparent.setChecked(self._has_alpha)
        self.transparent.setToolTip(
            _TRANSPARENT_TIP if self._format.keeps_alpha else _OPAQUE_TIP.format(self._format.name)
        )
        self.size.setText(
            f"Size and &rate: {values.clip_width_px} x {values.clip_height_px}, "
            f"{values.clip_fps} a second …"
        )

    def use_preset(self, preset: FilmPreset) -> None:
        """Set format and transparency, and size and rate where the preset says some."""
        self._choose(preset.format, is_transparent=preset.alpha)
        values = self._context.preferences.values
        width, height = preset.size or (values.clip_width_px, values.clip_height_px)
        fps = values.clip_fps if preset.fps is None else round(preset.fps)
        self._context.preferences.apply(
            replace(values, clip_width_px=width, clip_height_px=height, clip_fps=fps)
        )
        self.refresh()
        self._context.toast.show_note(
            f"Clips are recorded for: {preset.title}.",
            f"{width} x {height}, {fps} pictures a second, {self._format.name}.",
        )

    @property
    def _has_alpha(self) -> bool:
        return self._is_transparent and self._format.keeps_alpha

    def _offer_preset(self, preset: FilmPreset) -> None:
        action = self.presets.addAction(preset.title)
        action.setToolTip(preset.tip)
        action.triggered.connect(lambda: self.use_preset(preset))

    def _choice(self, film: FilmFormat, group: QActionGroup) -> QAction:
        choice = QAction(film.title, self)
        choice.setCheckable(True)
        choice.triggered.connect(lambda: self._choose(film, is_transparent=self._is_transparent))
        group.addAction(choice)
        self.formats.addAction(choice)
        return choice

    def _choose(self, film: FilmFormat, *, is_transparent: bool) -> None:
        self._format, self._is_transparent = film, is_transparent
        kept = {"format": film.key, "transparent": is_transparent}
        self._context.preferences.remember(_REMEMBERED, kept)
        self.refresh()

    def _set_transparent(self, is_on: bool) -> None:
        self._choose(self._format, is_transparent=is_on)

    def _offer_what_opens(self) -> None:
        """Ask the encoders only when somebody looks: that loads them."""
        from avatar_core.recording.encoders import encoder_here

        for film, choice in self._choices.items():
            encoder = encoder_here(film)
            choice.setEnabled(encoder is not None)
            choice.setToolTip(_encoder_words(encoder))

    def _kept(self) -> tuple[FilmFormat, bool]:
        kept = self._context.preferences.remembered(_REMEMBERED)
        if not isinstance(kept, dict):
            return H264, False
        key = kept.get("format")
        film = FORMATS.get(key, H264) if isinstance(key, str) else H264
        return film, kept.get("transparent") is True


def _encoder_words(encoder: str | None) -> str:
    if encoder is None:
        return "This computer has no encoder for it"
    if encoder.endswith("_nvenc"):
        return f"Encoded by the graphics card ({encoder})"
    return f"Encoded by the processor ({encoder})"
