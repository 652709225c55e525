"""Which encoders a machine has, and how they are set up for a film."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import av

from avatar_core.errors import RecordingError
from avatar_core.recording.clip import Quality, VideoSettings
from avatar_core.recording.colour import tag
from avatar_core.recording.film_format import FORMATS, Codec, FilmFormat

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

logger = logging.getLogger(__name__)

_FRAGMENT_S = {Quality.LIVE: 0.5, Quality.FINAL: 1.0}
"""Seconds between key frames. A fragment is written when the next one begins, so this is what a
killed process loses, besides the few frames inside the encoder."""

_LARGE_PICTURE_PX = 1280 * 720
_FEW_CORES = 4
"""1080p at 30 frames per second takes x264's `veryfast` 0.8 of a core, `superfast` 0.7 and
`ultrafast` 0.4, at constant quality for about the same size; the avatar wants cores too."""

_MOST_THREADS = {Quality.LIVE: 4, Quality.FINAL: 16}
"""A live encoder shares the machine with tracking and drawing, and cuts one slice a thread."""

_TRIAL_PX, _TRIAL_FPS = 256, 30
_PIXEL_FORMATS = {
    Codec.PRORES_4444: ("yuv444p10le", "yuva444p10le"),
    Codec.VP9: ("yuv420p", "yuva420p"),
}
"""Of each codec without and with alpha, where it is not 4:2:0 without."""
_EACH_BY_ITSELF = {Codec.H264_INTRA, Codec.PRORES_4444}
"""Codecs that store every frame whole."""


def find_encoder(settings: VideoSettings) -> str:
    """Name of the first encoder of the settings that opens on this machine.

    A GPU's encoder is listed by every build and refuses only when it is opened, so that is tried.

    Raises:
        RecordingError: none does.
    """
    for name in settings.wanted_encoders:
        try:
            trial = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
            configure(trial, name, settings)
            trial.open()
        except (av.FFmpegError, ValueError) as reason:
            logger.info("Encoder %s is not available: %s", name, reason)
        else:
            return name
    title = "H.264" if settings.format.codec is Codec.H264 else settings.format.name
    raise RecordingError(
        f"No {title} encoder could be opened (tried {', '.join(settings.wanted_encoders)}).",
        "Choose another format or size, or reinstall the package av, which brings the encoders.",
    )


@lru_cache
def encoder_here(film: FilmFormat) -> str | None:
    """What writes films of this format on this machine; None where nothing can."""
    if film.is_folder:
        return "OpenCV"
    try:
        return find_encoder(VideoSettings(_TRIAL_PX, _TRIAL_PX, _TRIAL_FPS, format=film))
    except RecordingError:
        return None


def available_formats() -> list[FilmFormat]:
    """The formats that this machine can write."""
    return [film for film in FORMATS.values() if encoder_here(film) is not None]


def pixel_format_of(settings: VideoSettings) -> str:
    """FFmpeg's name of how the codec takes pictures."""
    plain, with_alpha = _PIXEL_FORMATS.get(settings.format.codec, ("yuv420p", "yuv420p"))
    return with_alpha if settings.alpha else plain


def is_each_by_itself(settings: VideoSettings) -> bool:
    """Whether every frame is stored whole."""
    return settings.format.codec in _EACH_BY_ITSELF


def fragment_s(settings: VideoSettings) -> float:
    """Seconds between two places at which a file is complete as far as it was written."""
    return _FRAGMENT_S[settings.quality]


def configure(context: VideoCodecContext, name: str, settings: VideoSettings) -> None:
    """Set up an encoder that is not open yet.

    There are no B-frames: pictures leave in the order they came, so the file needs no time shifts
    that players disagree about, and the encoder holds back nothing that a kill could take.
    """
    context.width, context.height = settings.even_width, settings.even_height
    context.time_base, context.framerate = 1 / settings.rate, settings.rate
    if settings.format.codec in (Codec.GIF, Codec.WEBP):
        context.pix_fmt = "pal8" if settings.format.codec is Codec.GIF else "bgra"
        return
    context.pix_fmt = pixel_format_of(settings)
    frames = 1 if is_each_by_itself(settings) else round(fragment_s(settings) * settings.fps)
    context.gop_size = max(1, frames)
    context.max_b_frames = 0
    context.bit_rate = 0  # constant quality, not constant rate
    tag(context)
    if settings.format.codec is Codec.H265:
        context.codec_tag = "hvc1"  # what Apple's players look for
    context.thread_count = min(_MOST_THREADS[settings.quality], os.cpu_count() or 1)
    context.options = _options(name, settings)


def _options(name: str, settings: VideoSettings) -> dict[str, str]:
    live = settings.quality is Quality.LIVE
    if name.endswith("_nvenc"):
        speed = {"preset": "p3", "tune": "ll"} if live else {"preset": "p6", "tune": "hq"}
        return {**speed, "rc": "vbr", "cq": "20", "delay": "0"}
    if name == "libx264":
        return _of_x264(settings, live=live)
    if name == "libx265":
        quiet = {"x265-params": "log-level=none"}
        if live:
            return {**quiet, "preset": "ultrafast", "tune": "zerolatency", "crf": "23"}
        return {**quiet, "preset": "medium", "crf": "20"}
    if name == "libvpx-vp9":
        speed = {"deadline": "realtime", "cpu-used": "8"} if live else {"cpu-used": "3"}
        held = {"lag-in-frames": "0"} if live else {}
        # Pictures that are never shown would have no alpha.
        return {**speed, **held, "crf": "24" if live else "18", "row-mt": "1", "auto-alt-ref": "0"}
    if name == "prores_ks":
        alpha = {"alpha_bits": "16" if settings.alpha else "0"}
        return {"profile": "4444", "vendor": "apl0", **alpha}
    return {}


def _of_x264(settings: VideoSettings, *, live: bool) -> dict[str, str]:
    if settings.format.codec is Codec.H264_INTRA:
        return {"preset": "ultrafast" if live else "fast", "crf": "12"}
    if not live:
        return {"preset": "medium", "crf": "18"}
    return {"preset": _live_preset(settings), "tune": "zerolatency", "crf": "20"}


def _live_preset(settings: VideoSettings) -> str:
    if settings.width * settings.height <= _LARGE_PICTURE_PX:
        return "veryfast"
    return "ultrafast" if (os.cpu_count() or 1) <= _FEW_CORES else "superfast"
