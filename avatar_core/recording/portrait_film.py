"""From a take to a film of a portrait, alone or beside an avatar."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import MotionFrame
from avatar_core.recording.offline import RenderSettings, avatar_pictures, render_film
from avatar_core.recording.progress import Progress, unheard
from avatar_core.render.portrait_offscreen import OffscreenPortrait

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from avatar_core.emoportraits.performer import Performer
    from avatar_core.geometry import UInt8
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, PortraitSettings
    from avatar_core.recording.clip import RecordingReport

_LONGEST_PX = 1920


@dataclass(frozen=True, slots=True, eq=False)
class PortraitFilm:
    """Who is filmed, and how.

    Args:
        performer: the portrait.
        settings: how it follows the take.
        beside: an avatar that performs the same take, to the left of the portrait; None for the
            portrait alone.
    """

    performer: Performer
    settings: PortraitSettings
    beside: AvatarAsset | None = None


def render_portrait(
    film: PortraitFilm,
    take: Take,
    out: Path | str,
    settings: RenderSettings,
    progress: Progress = unheard,
) -> RecordingReport:
    """Render a portrait performing a take into an mp4, with the take's sound.

    Args:
        film: who performs.
        take: the performance, see `recording.performance`.
        out: the clip; replaced if it exists.
        settings: the size is that of each of the two pictures; its scene and camera are those of
            the avatar. What is transparent in a portrait shows the scene's background.
        progress: hears the frames rendered; may cancel, which leaves no file behind.

    Raises:
        RecordingError, RenderError, Cancelled: as `render_performance`.
    """

    def pictures(times_s: Iterable[float]) -> Generator[UInt8]:
        if film.beside is None:
            return _portraits(film, take, times_s, settings)
        return _pairs(film, film.beside, take, list(times_s), settings)

    width = settings.width * (1 if film.beside is None else 2)
    return render_film(take, out, replace(settings, width=width), pictures, progress)


def natural_size(performer: Performer, settings: PortraitSettings) -> tuple[int, int]:
    """Width and height of a film that shows every pixel of a portrait, even and at most 1920."""
    _, _, width, height = performer.perform(MotionFrame(), settings).shown
    scale = min(1.0, _LONGEST_PX / max(width, height))
    return _even(width * scale), _even(height * scale)


def _portraits(
    film: PortraitFilm, take: Take, times_s: Iterable[float], settings: RenderSettings
) -> Generator[UInt8]:
    """The portrait [H, W, 3] at each of the times."""
    offscreen = OffscreenPortrait()
    size = settings.width, settings.height
    backdrop = np.array(settings.scene.background, np.float64) * 255
    try:
        for time_s in times_s:
            frame = film.performer.perform(take.frame_at(time_s), film.settings)
            drawn = offscreen.draw(frame, size)
            clear = 1 - drawn[..., 3:] / 255
            if clear.any():
                drawn = np.rint(drawn[..., :3] + clear * backdrop).astype(np.uint8)
            yield np.ascontiguousarray(drawn[..., :3])
    finally:
        offscreen.release()


def _pairs(
    film: PortraitFilm,
    avatar: AvatarAsset,
    take: Take,
    times_s: list[float],
    settings: RenderSettings,
) -> Generator[UInt8]:
    """Avatar and portrait side by side [H, 2 W, 3] at each of the times."""
    with (
        closing(avatar_pictures(avatar, take, times_s, settings)) as left,
        closing(_portraits(film, take, times_s, settings)) as right,
    ):
        for pair in zip(left, right, strict=True):
            yield np.concatenate(pair, axis=1)


def _even(length: float) -> int:
    """What films can be encoded in."""
    return max(2, 2 * round(length / 2))
