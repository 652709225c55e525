"""From a take to a clip at full quality: every frame drawn, however long that takes."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import Cancelled, RecordingError
from avatar_core.geometry import Camera
from avatar_core.geometry.framing import framing_camera
from avatar_core.heads.portrait import portrait_points
from avatar_core.mega import build, neutral_frame
from avatar_core.mega.driven import PosedMotion
from avatar_core.recording.clip import Quality, RecordingReport, VideoSettings
from avatar_core.recording.clip_file import check_place
from avatar_core.recording.film_format import FilmFormat, format_for, open_film
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.supersampling import averaged
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions
from avatar_core.texture.sculpt import Sculptor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.heads.flame_sequence import FlameSequence
    from avatar_core.motion import Take, TakeAudio
    from avatar_core.project import AvatarAsset
    from avatar_core.recording.camera_path import CameraAt
    from avatar_core.recording.film_format import FilmWriter
    from avatar_core.texture.composite import PaintMaps

_MARGIN = 1.2
"""Room around the head at rest, so that it stays in the picture when it turns and nods."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderSettings:
    """What of a performance is rendered, and how.

    Args:
        width, height: pixels.
        fps: frames per second; the take's own when left out.
        first_frame, last_frame: part of the clip, counted from 0 at `fps`, both included; the
            last one is the take's end when left out.
        camera: where from, at every time of the take or at each; the head from the front when left
            out. Its size does not matter.
        scene: what is shown; transparent where the film shall be.
        supersample: draws pictures this many times larger in both directions and averages.
        format: the kind of film; the usual one for its name when left out.
    """

    width: int = 512
    height: int = 512
    fps: float | None = None
    first_frame: int = 0
    last_frame: int | None = None
    camera: Camera | CameraAt | None = None
    scene: SceneOptions = field(default_factory=lambda: SceneOptions(show_grid=False))
    supersample: int = 1
    format: FilmFormat | None = None


def render_performance(
    asset: AvatarAsset,
    take: Take,
    out: Path | str,
    settings: RenderSettings | None = None,
    progress: Progress = unheard,
    hair: EditedHair | None = None,
    paint: PaintMaps | None = None,
    poses: FlameSequence | None = None,
) -> RecordingReport:
    """Render the avatar performing a take into a film, with the take's sound.

    The film grows beside its place as `NAME.partial.mp4` and moves there when it is complete.
    The picture at frame i shows the take at i / fps exactly.

    Args:
        asset: who performs.
        take: the performance, see `recording.performance`.
        out: the clip; replaced if it exists.
        settings: the defaults when left out.
        progress: hears the frames rendered; may cancel, which leaves no file behind.
        hair: the avatar's hair with edits; without any when left out.
        paint: on its face, and how that is sculpted; none when left out.
        poses: of a FLAME head on the take's clock, in place of what its weights make of it.

    Raises:
        RecordingError: the clip cannot be written there, or not to its end; what was rendered by
            then stays in the partial file. Also for frames that the take does not have.
        RenderError: no OpenGL context.
        Cancelled: by `progress`.
    """
    settings = settings or RenderSettings()

    def pictures(times_s: Iterable[float]) -> Generator[UInt8]:
        return avatar_pictures(asset, take, times_s, settings, hair, paint, poses)

    return render_film(take, out, settings, pictures, progress)


def render_film(
    take: Take,
    out: Path | str,
    settings: RenderSettings,
    pictures: Callable[[Iterable[float]], Generator[UInt8]],
    progress: Progress = unheard,
) -> RecordingReport:
    """Write pictures of a performance into a film, with the take's sound; see `render_performance`.

    Args:
        take: gives the sound, the length, and the rate where the settings leave it out.
        out: the clip.
        settings: size, rate and part of it.
        pictures: draws [H, W, 3], or [H, W, 4] premultiplied where the scene is transparent, for
            each of the times it is given, seconds of the take.
        progress: hears the frames drawn.
    """
    out = Path(out)
    fps = take.fps if settings.fps is None else settings.fps
    video = video_settings(take, settings, out)
    indices = frame_range(take, settings)
    check_place(out, is_folder=video.format.is_folder)
    partial = out.with_name(f"{out.stem}.partial{out.suffix}")
    check_place(partial, is_folder=video.format.is_folder, title=out.name)
    if partial.is_dir():  # else pictures of one that was killed would be among these
        _remove(partial)
    writer = open_film(partial, video)
    try:
        _submit_sound(writer, take, indices.start / fps)
        with closing(pictures(index / fps for index in indices)) as drawn:
            for done, image in enumerate(drawn):
                progress(done, len(indices))
                if not writer.submit(image, done / fps, wait=True):
                    break
        progress(len(indices), len(indices))
    except (Cancelled, KeyboardInterrupt):
        writer.close()
        _remove(partial)
        raise
    finally:
        report = writer.close()
    if report.error is not None:
        raise report.error
    _put_in_place(partial, out)
    return replace(report, path=out)


def _put_in_place(partial: Path, out: Path) -> None:
    try:
        if partial.is_dir() and out.is_dir():
            _remove(out)
        partial.replace(out)
    except OSError as reason:  # such as a player that has the older film open
        raise RecordingError(
            f"{out.name} could not take its place: {reason.strerror or reason}.",
            f"The film is complete, in {partial.name}; close whatever shows the older one.",
        ) from reason


def _remove(film: Path) -> None:
    if film.is_dir():
        shutil.rmtree(film)
    else:
        film.unlink(missing_ok=True)


def frame_count(take: Take, fps: float) -> int:
    """How many frames a clip of the whole take has."""
    return max(1, round(take.duration_s * fps))


def portrait_camera(
    asset: AvatarAsset, width: int, height: int, yaw_rad: float = 0.0, pitch_rad: float = 0.0
) -> Camera:
    """A camera that shows the head at rest; angles as in `framing_camera`, 0 from the front."""
    return framing_camera(
        _points(asset), width, height, yaw_rad=yaw_rad, pitch_rad=pitch_rad, margin=_MARGIN
    )


def portrait_target(asset: AvatarAsset) -> Float32:
    """[3] the point that `portrait_camera` looks at, metres."""
    points = _points(asset)
    middle: Float32 = (0.5 * (points.min(axis=0) + points.max(axis=0))).astype(np.float32)
    return middle


def _points(asset: AvatarAsset) -> Float32:
    rest = neutral_frame(asset)
    return portrait_points(asset.head.topology, rest.vertices, rest.hair_means)


def frame_range(take: Take, settings: RenderSettings) -> range:
    """The frames that are rendered, numbered at the rate of the film.

    Raises:
        RecordingError: the take has not got them all.
    """
    fps = take.fps if settings.fps is None else settings.fps
    count = frame_count(take, fps)
    last = count - 1 if settings.last_frame is None else settings.last_frame
    if not 0 <= settings.first_frame <= last < count:
        raise RecordingError(
            f"There are no frames {settings.first_frame}-{last} in {take.name}.",
            f"At {fps:g} frames per second it has the frames 0-{count - 1}.",
        )
    return range(settings.first_frame, last + 1)


def video_settings(take: Take, settings: RenderSettings, out: Path) -> VideoSettings:
    """How a film of a performance is encoded.

    Raises:
        RecordingError: a size or rate that no film can have.
    """
    audio = _heard(take)
    return VideoSettings(
        settings.width,
        settings.height,
        take.fps if settings.fps is None else settings.fps,
        audio_rate_hz=None if audio is None else audio.rate_hz,
        audio_channels=1 if audio is not None and audio.samples.shape[1] == 1 else 2,
        quality=Quality.FINAL,
        format=settings.format or format_for(out),
        alpha=settings.scene.transparent,
        frame_name=out.name,
        first_number=settings.first_frame,
    )


def _heard(take: Take) -> TakeAudio | None:
    return take.audio if take.audio is not None and take.audio.samples.size else None


def _submit_sound(writer: FilmWriter, take: Take, start_s: float) -> None:
    audio = _heard(take)
    if audio is not None:
        writer.submit_audio(audio.samples[:, :2], take.audio_offset_s - start_s)


def avatar_pictures(
    asset: AvatarAsset,
    take: Take,
    times_s: Iterable[float],
    settings: RenderSettings,
    hair: EditedHair | None = None,
    paint: PaintMaps | None = None,
    poses: FlameSequence | None = None,
) -> Generator[UInt8]:
    """The avatar [H, W, 3 or 4] at each of the times; see `render_performance`."""
    painter = AvatarPainter(asset, take, settings, hair, paint, poses)
    try:
        for time_s in times_s:
            yield painter.draw(time_s)
    finally:
        painter.close()


class AvatarPainter:
    """Draws an avatar at any time of a take; belongs to the thread that made it.

    Args: as `render_performance`.
    """

    def __init__(
        self,
        asset: AvatarAsset,
        take: Take,
        settings: RenderSettings,
        hair: EditedHair | None = None,
        paint: PaintMaps | None = None,
        poses: FlameSequence | None = None,
    ) -> None:
        self._avatar = build(asset)
        self._take, self._settings = take, settings
        self._hair, self._paint, self._poses = hair, paint, poses
        self._drawn = asset if hair is None else replace(asset, hair=hair.cloud)
        width, height = settings.width, settings.height
        self._large = (width * settings.supersample, height * settings.supersample)
        self._camera = settings.camera or portrait_camera(asset, width, height)
        self._sculptor = Sculptor(asset.head.topology)
        if paint is not None:
            self._sculptor.follow(paint.shares)
        self._renderer = OffscreenRenderer(*self._large)

    def draw(self, time_s: float) -> UInt8:
        """The picture [H, W, 3], or [H, W, 4] premultiplied where the scene is transparent."""
        motion = self._take.frame_at(time_s)
        if self._poses is not None:
            motion = PosedMotion.of(motion, self._poses.pose_at(time_s))
        place = self._camera if isinstance(self._camera, Camera) else self._camera(time_s)
        camera = place.resized(*self._large)
        frame = self._avatar.evaluate(motion, camera)
        worn = self._sculptor.worn(frame if self._hair is None else self._hair.worn(frame))
        scene = self._settings.scene
        image = self._renderer.render(self._drawn, worn, camera, scene, self._paint)
        return averaged(image, self._settings.width, self._settings.height)

    def close(self) -> None:
        self._renderer.release()
