"""From a take to a film of a portrait, alone or beside an avatar."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.motion import MotionFrame
from avatar_core.recording.offline import AvatarPainter, RenderSettings, render_film
from avatar_core.recording.progress import Progress, unheard
from avatar_core.render.portrait_offscreen import OffscreenPortrait

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from avatar_core.emoportraits.performer import Performer
    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import Float64
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
    """Render a portrait performing a take into a film, with the take's sound.

    Args:
        film: who performs.
        take: the performance, see `recording.performance`.
        out: the clip; replaced if it exists.
        settings: the size is that of each of the two pictures; its scene and camera are those of
            the avatar. What is transparent in a portrait shows the scene's background, unless the
            scene is transparent, too.
        progress: hears the frames rendered; may cancel, which leaves no file behind.

    Raises:
        RecordingError, RenderError, Cancelled: as `render_performance`.
    """

    def pictures(times_s: Iterable[float]) -> Generator[UInt8]:
        with closing(_painter(film, take, settings)) as painter:
            for time_s in times_s:
                yield painter.draw(time_s)

    width = settings.width * (1 if film.beside is None else 2)
    return render_film(take, out, replace(settings, width=width), pictures, progress)


def natural_size(performer: Performer, settings: PortraitSettings) -> tuple[int, int]:
    """Width and height of a film that shows every pixel of a portrait, even and at most 1920."""
    _, _, width, height = performer.perform(MotionFrame(), settings).shown
    scale = min(1.0, _LONGEST_PX / max(width, height))
    return _even(width * scale), _even(height * scale)


class PortraitPainter:
    """Draws a portrait at any time of a take; belongs to the thread that made it.

    Args:
        film: who is filmed; not who is beside.
        take: the performance.
        settings: size and background.
    """

    def __init__(self, film: PortraitFilm, take: Take, settings: RenderSettings) -> None:
        self._film, self._take, self._settings = film, take, settings
        self._offscreen = OffscreenPortrait()
        self._backdrop = _backdrop(settings)

    def draw(self, time_s: float) -> UInt8:
        """The picture [H, W, 3], or [H, W, 4] premultiplied where the scene is transparent."""
        settings = self._settings
        frame = self._film.performer.perform(self._take.frame_at(time_s), self._film.settings)
        drawn = self._offscreen.draw(frame, (settings.width, settings.height))
        if settings.scene.transparent:
            return drawn
        clear = 1 - drawn[..., 3:] / 255
        if clear.any():
            drawn = np.rint(drawn[..., :3] + clear * self._backdrop).astype(np.uint8)
        return np.ascontiguousarray(drawn[..., :3])

    def close(self) -> None:
        self._offscreen.release()


def _backdrop(settings: RenderSettings) -> Float64:
    """Colour [3] or picture [H, W, 3] behind a portrait, 0..255; a picture covers all of it."""
    image = settings.scene.background_image
    if image is None:
        return np.array(settings.scene.background, np.float64) * 255
    height, width = image.shape[:2]
    scale = max(settings.width / width, settings.height / height)
    size = max(settings.width, round(scale * width)), max(settings.height, round(scale * height))
    large = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (size[0] - settings.width) // 2, (size[1] - settings.height) // 2
    return large[top : top + settings.height, left : left + settings.width].astype(np.float64)


class PairPainter:
    """Draws an avatar and, to its right, a portrait.

    Args:
        left: of the avatar.
        right: of the portrait; as high.
    """

    def __init__(self, left: AvatarPainter, right: PortraitPainter) -> None:
        self._left, self._right = left, right

    def draw(self, time_s: float) -> UInt8:
        """The pictures [H, 2 W, 3 or 4] side by side."""
        return np.concatenate([self._left.draw(time_s), self._right.draw(time_s)], axis=1)

    def close(self) -> None:
        self._left.close()
        self._right.close()


def _painter(
    film: PortraitFilm, take: Take, settings: RenderSettings
) -> PortraitPainter | PairPainter:
    if film.beside is None:
        return PortraitPainter(film, take, settings)
    left = AvatarPainter(film.beside, take, settings)
    return PairPainter(left, PortraitPainter(film, take, settings))


def _even(length: float) -> int:
    """What films can be encoded in."""
    return max(2, 2 * round(length / 2))
