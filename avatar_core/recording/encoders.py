"""Which H.264 encoder a machine has, and how it is set up for a clip."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, cast

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from avatar_core.errors import RecordingError
from avatar_core.recording.clip import Quality, VideoSettings

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
    raise RecordingError(
        f"No H.264 encoder could be opened (tried {', '.join(settings.wanted_encoders)}).",
        "Reinstall the package av, which brings libx264 with it.",
    )


def configure(context: VideoCodecContext, name: str, settings: VideoSettings) -> None:
    """Set up an encoder that is not open yet.

    There are no B-frames: pictures leave in the order they came, so the file needs no time shifts
    that players disagree about, and the encoder holds back nothing that a kill could take.
    """
    context.width, context.height = settings.even_width, settings.even_height
    context.pix_fmt = "yuv420p"
    context.time_base, context.framerate = 1 / settings.rate, settings.rate
    context.gop_size = max(1, round(_FRAGMENT_S[settings.quality] * settings.fps))
    context.max_b_frames = 0
    context.bit_rate = 0  # constant quality, not constant rate
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    context.thread_count = min(_MOST_THREADS[settings.quality], os.cpu_count() or 1)
    context.options = _options(name, settings)


def _options(name: str, settings: VideoSettings) -> dict[str, str]:
    live = settings.quality is Quality.LIVE
    if name.endswith("_nvenc"):
        speed = {"preset": "p3", "tune": "ll"} if live else {"preset": "p6", "tune": "hq"}
        return {**speed, "rc": "vbr", "cq": "20", "delay": "0"}
    if name == "libx264":
        if not live:
            return {"preset": "medium", "crf": "18"}
        return {"preset": _live_preset(settings), "tune": "zerolatency", "crf": "20"}
    return {}


def _live_preset(settings: VideoSettings) -> str:
    if settings.width * settings.height <= _LARGE_PICTURE_PX:
        return "veryfast"
    return "ultrafast" if (os.cpu_count() or 1) <= _FEW_CORES else "superfast"
