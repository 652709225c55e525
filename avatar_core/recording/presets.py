"""Film presets: size, rate and format for where a film is going, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError
from avatar_core.recording.film_format import (
    GIF,
    H264,
    H264_INTRA,
    PNG_16,
    PRORES_4444,
    VP9,
    WEBP,
    FilmFormat,
)

if TYPE_CHECKING:
    from avatar_core.recording.clip import VideoSettings


@dataclass(frozen=True, slots=True)
class FilmPreset:
    """Where a film is going, and what it should be for that.

    Args:
        key: names it in settings and on the command line.
        title: in plain words, for the window.
        tip: what it is good for.
        format: the kind of film.
        size: width and height in pixels; None leaves the size that is chosen.
        fps: frames per second; None leaves the rate.
        alpha: whether what is transparent stays so.
    """

    key: str
    title: str
    tip: str
    format: FilmFormat
    size: tuple[int, int] | None = None
    fps: float | None = None
    alpha: bool = False

    def applied_to(self, settings: VideoSettings) -> VideoSettings:
        """The settings with what the preset says; all else stays."""
        width, height = self.size or (settings.width, settings.height)
        return replace(
            settings,
            format=self.format,
            width=width,
            height=height,
            fps=self.fps or settings.fps,
            alpha=self.alpha,
        )


PRESETS: dict[str, FilmPreset] = {
    each.key: each
    for each in (
        FilmPreset(
            "social-tall",
            "Social media, upright (1080 x 1920)",
            "Stories, Reels, Shorts, TikTok: MP4 that plays on every phone",
            H264,
            (1080, 1920),
            30,
        ),
        FilmPreset(
            "social-square",
            "Social media, square (1080 x 1080)",
            "Posts in feeds: MP4 that plays on every phone",
            H264,
            (1080, 1080),
            30,
        ),
        FilmPreset(
            "social-wide",
            "Social media, wide (1920 x 1080)",
            "YouTube and web players: MP4 that plays everywhere",
            H264,
            (1920, 1080),
            30,
        ),
        FilmPreset(
            "edit",
            "Editing (ProRes 4444)",
            "For an editing program: little loss, every frame by itself; large files",
            PRORES_4444,
        ),
        FilmPreset(
            "edit-light",
            "Editing, smaller files (H.264, every frame by itself)",
            "For an editing program on a machine with less room",
            H264_INTRA,
        ),
        FilmPreset(
            "composite",
            "Compositing (ProRes 4444, transparent)",
            "To lay the avatar over other pictures in an editing program",
            PRORES_4444,
            alpha=True,
        ),
        FilmPreset(
            "composite-frames",
            "Compositing (16-bit PNG, transparent)",
            "A folder of pictures without any loss, with straight alpha",
            PNG_16,
            alpha=True,
        ),
        FilmPreset(
            "web-overlay",
            "Web page (WebM, transparent)",
            "To lay the avatar over a web page or a stream",
            VP9,
            alpha=True,
        ),
        FilmPreset("preview-gif", "Preview (GIF)", "Small and silent, for chats", GIF, None, 15),
        FilmPreset(
            "preview-webp", "Preview (WebP)", "Small and silent, in full colour", WEBP, None, 15
        ),
    )
}
"""Every preset by its key, as menus show them."""


def preset_of(key: str) -> FilmPreset:
    """The preset of a key.

    Raises:
        RecordingError: there is none.
    """
    if key not in PRESETS:
        raise RecordingError(f"There is no film preset '{key}'.", f"Choose {', '.join(PRESETS)}.")
    return PRESETS[key]
