"""Encodes pictures and sound into an mp4, MOV or WebM that can be played up to its last second."""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np

from avatar_core.errors import RecordingError
from avatar_core.recording.clip_file import ClipFile
from avatar_core.recording.colour import video_frame
from avatar_core.recording.encoders import configure, find_encoder, fragment_s, is_each_by_itself
from avatar_core.recording.film_encoder import FilmEncoder
from avatar_core.recording.film_format import Container
from avatar_core.recording.fragments import trim_unfinished_fragment
from avatar_core.recording.pictures import fitted
from avatar_core.recording.remux import count_pictures, remux_plain

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.film_encoder import OpenFile
    from avatar_core.recording.film_format import FilmImage

    SoundPacket: TypeAlias = av.Packet[AudioStream]

logger = logging.getLogger(__name__)

_SOUND_RATE_HZ = 48_000
_SOUND_FRAMES = {"aac": 1024, "libopus": 960, "pcm_s24le": 1024}
_SOUND_FORMATS = {"aac": "fltp", "libopus": "flt", "pcm_s24le": "s32"}
_ALWAYS = {
    "flush_packets": "1",
    # Pictures must not wait in the muxer for sound that is late.
    "max_interleave_delta": "500000",
}


class ClipEncoder(FilmEncoder):
    """Owns the encoders and the container of one clip; not for several threads.

    Args:
        path: of the file.
        settings: how to encode.
        open_file: makes the file that is written to.

    Raises:
        RecordingError: no encoder of the format opens here. Nothing has been touched then.
    """

    def __init__(self, path: Path, settings: VideoSettings, open_file: OpenFile = ClipFile) -> None:
        super().__init__(path, settings)
        self.name = find_encoder(settings)
        self._open_file = open_file
        self._file: ClipFile | None = None
        self._sound: _SoundEncoder | None = None

    def open(self) -> None:
        self._file = self._open_file(self.path)
        self.has_begun = True
        settings, film = self.settings, self.settings.format
        self._container: OutputContainer = av.open(
            self._file, "w", format=film.container.value, options=_container_options(settings)
        )
        self._video = cast("VideoStream", self._container.add_stream(self.name, settings.rate))
        configure(self._video.codec_context, self.name, settings)
        self._pixel_format = self._video.codec_context.pix_fmt or ""
        if settings.has_sound:
            assert settings.audio_rate_hz is not None
            self._sound = _SoundEncoder(
                self._container, film.audio_codec, settings.audio_rate_hz, settings.audio_channels
            )
        self._container.start_encoding()

    def write_picture(self, image: FilmImage, count: int) -> None:
        image = fitted(image, self.settings.even_width, self.settings.even_height)
        frame = video_frame(image, self._pixel_format)
        frame.time_base = 1 / self.settings.rate
        for _ in range(count):
            frame.pts = self.pictures
            self._container.mux(self._video.encode(frame))
            self.pictures += 1

    def write_sound(self, samples: Float32) -> None:
        if self._sound is not None and len(samples):
            self._container.mux(self._sound.encode(samples))

    def finish(self) -> None:
        self._container.mux(self._video.encode())
        if self._sound is not None:
            self._container.mux(self._sound.flush())
        self._container.close()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()

    def tidy(self) -> tuple[str, ...]:
        try:
            remux_plain(self.path, self.settings.format.container)
        except RecordingError as error:
            logger.warning("%s", error)
            return (str(error),)
        return ()

    def salvage(self) -> int:
        if self.settings.format.container is not Container.WEBM:
            try:
                trim_unfinished_fragment(self.path)
            except OSError as reason:
                logger.warning("The end of %s could not be trimmed: %s", self.path, reason)
        return count_pictures(self.path)


def _container_options(settings: VideoSettings) -> dict[str, str]:
    if settings.format.container is Container.WEBM:
        milliseconds = round(1000 * fragment_s(settings))
        return {**_ALWAYS, "cluster_time_limit": str(milliseconds), "live": "1"}
    # Each fragment can be played without those after it, and is written as one piece.
    begins = "frag_keyframe+"
    options = dict(_ALWAYS)
    if is_each_by_itself(settings):
        begins = ""
        options["frag_duration"] = str(round(1e6 * fragment_s(settings)))
    return {**options, "movflags": f"{begins}empty_moov+default_base_moof"}


class _SoundEncoder:
    """A stream of samples that begins at time 0 of the clip."""

    def __init__(self, container: OutputContainer, codec: str, rate_hz: int, channels: int) -> None:
        self._layout = "mono" if channels == 1 else "stereo"
        self._stream = cast("AudioStream", container.add_stream(codec, rate=_SOUND_RATE_HZ))
        self._stream.layout = self._layout
        self._stream.format = _SOUND_FORMATS[codec]
        if not codec.startswith("pcm"):
            self._stream.bit_rate = 96_000 * channels
        self._warms_up = codec == "aac"
        self._rate_hz = rate_hz
        self._resampler = av.AudioResampler(
            format=_SOUND_FORMATS[codec],
            layout=self._layout,
            rate=_SOUND_RATE_HZ,
            frame_size=_SOUND_FRAMES[codec],
        )
        self._received = 0

    def encode(self, samples: Float32) -> list[SoundPacket]:
        planes = np.ascontiguousarray(np.clip(samples, -1, 1).T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self._layout)
        frame.sample_rate = self._rate_hz
        frame.time_base = Fraction(1, self._rate_hz)
        frame.pts = self._received
        self._received += len(samples)
        return self._packets(self._resampler.resample(frame))

    def flush(self) -> list[SoundPacket]:
        resampled = self._resampler.resample(None) if self._received else []
        return [*self._packets(resampled), *self._audible(self._stream.encode())]

    def _packets(self, frames: list[av.AudioFrame]) -> list[SoundPacket]:
        return [packet for frame in frames for packet in self._audible(self._stream.encode(frame))]

    def _audible(self, packets: list[SoundPacket]) -> list[SoundPacket]:
        """Without AAC's packet before time 0, which only warms the decoder up.

        Written, it would shift the sound or the picture of every player that ignores edit lists.
        WebM says itself how much of Opus comes before.
        """
        if not self._warms_up:
            return packets
        return [packet for packet in packets if packet.pts is None or packet.pts >= 0]
