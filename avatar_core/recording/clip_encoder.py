"""Encodes pictures and sound into a fragmented mp4, on the thread that calls it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from avatar_core.recording.encoders import configure
from avatar_core.recording.pictures import fitted

if TYPE_CHECKING:
    from typing import TypeAlias

    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.clip_file import ClipFile
    from avatar_core.recording.film_format import FilmImage

    SoundPacket: TypeAlias = av.Packet[AudioStream]

_SOUND_RATE_HZ = 48_000
_SOUND_FRAME = 1024
_CONTAINER_OPTIONS = {
    # Each fragment can be played without those after it, and is written as one piece.
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "flush_packets": "1",
    # Pictures must not wait in the muxer for sound that is late.
    "max_interleave_delta": "500000",
}


class ClipEncoder:
    """Owns the encoders and the container of one clip; not for several threads.

    Args:
        file: opened for writing; stays the caller's to close.
        settings: how to encode.
        encoder_name: the H.264 encoder, as `find_encoder` gives it.

    Raises:
        OSError, av.FFmpegError: from every method, when the file or an encoder fails.
    """

    def __init__(self, file: ClipFile, settings: VideoSettings, encoder_name: str) -> None:
        self._settings = settings
        self.pictures = 0
        self._container = av.open(file, "w", format="mp4", options=_CONTAINER_OPTIONS)
        self._video = cast("VideoStream", self._container.add_stream(encoder_name, settings.rate))
        configure(self._video.codec_context, encoder_name, settings)
        self._sound: _SoundEncoder | None = None
        if settings.audio_rate_hz is not None:
            layout = "mono" if settings.audio_channels == 1 else "stereo"
            stream: AudioStream = self._container.add_stream("aac", rate=_SOUND_RATE_HZ)
            stream.layout, stream.bit_rate = layout, 96_000 * settings.audio_channels
            self._sound = _SoundEncoder(stream, settings.audio_rate_hz, layout)
        self._container.start_encoding()

    def write_picture(self, image: FilmImage, count: int) -> None:
        """Encode a picture [H, W, 3] for the next `count` frames."""
        image = fitted(image, self._settings.even_width, self._settings.even_height)
        frame = av.VideoFrame.from_numpy_buffer(image, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.time_base = 1 / self._settings.rate
        for _ in range(count):
            frame.pts = self.pictures
            self._container.mux(self._video.encode(frame))
            self.pictures += 1

    def write_sound(self, samples: Float32) -> None:
        """Encode the next samples [n, channels]; ignored in a silent clip."""
        if self._sound is not None and len(samples):
            self._container.mux(self._sound.encode(samples))

    def finish(self) -> None:
        """Write what the encoders still hold, and the end of the file."""
        self._container.mux(self._video.encode())
        if self._sound is not None:
            self._container.mux(self._sound.flush())
        self._container.close()


class _SoundEncoder:
    """AAC of a stream of samples that begins at time 0 of the clip."""

    def __init__(self, stream: AudioStream, rate_hz: int, layout: str) -> None:
        self._stream = stream
        self._rate_hz = rate_hz
        self._layout = layout
        self._resampler = av.AudioResampler(
            format="fltp", layout=layout, rate=_SOUND_RATE_HZ, frame_size=_SOUND_FRAME
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
        return [*self._packets(resampled), *_audible(self._stream.encode())]

    def _packets(self, frames: list[av.AudioFrame]) -> list[SoundPacket]:
        return [packet for frame in frames for packet in _audible(self._stream.encode(frame))]


def _audible(packets: list[SoundPacket]) -> list[SoundPacket]:
    """Without the packet before time 0, which only warms the decoder up.

    Written, it would shift the sound or the picture of every player that ignores edit lists.
    """
    return [packet for packet in packets if packet.pts is None or packet.pts >= 0]
