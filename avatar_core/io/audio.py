"""Sound files, and the sound of films, as plain samples."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.stream import Disposition

from avatar_core.errors import AssetError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer

_FULL_SCALE = 32_768
_LARGEST_START_GAP_S = 1.0
"""Pictures that begin later than this after everything else do so by a broken clock."""
_OPTIONS = {"protocol_whitelist": "file"}  # a play list must not reach for the network
_FORMATS = "Use WAV, MP3, FLAC, M4A or a video with sound."


def load_audio(path: Path | str, rate_hz: int | None = None) -> tuple[Float32, int]:
    """Read a sound file, or the sound of a film. Its end may be missing.

    Args:
        path: anything FFmpeg reads.
        rate_hz: wanted samples per second; the file's own when left out.

    Returns:
        samples [n, 1 or 2], -1..1, n >= 1, more than two channels mixed down to stereo, and
        their rate. The first sample belongs to the start of a film, from which its pictures' times
        count too: sound that begins later is preceded by silence, sound before it is cut.

    Raises:
        AssetError: missing, no sound in it, damaged, or too long.
    """
    path = Path(path)
    with _opened(path) as file:
        stream = _sound_of(file)
        if stream is None:
            raise AssetError(f"{path.name} has no sound.", _FORMATS)
        rate = rate_hz or stream.rate
        samples = _samples(file, stream, rate, path.name)
    return samples, rate


def has_audio(path: Path | str) -> bool:
    """Whether a file has sound, without decoding it.

    Raises:
        AssetError: missing, or neither sound nor film.
    """
    with _opened(Path(path)) as file:
        return _sound_of(file) is not None


def save_wav(path: Path | str, samples: Float32, rate_hz: int) -> None:
    """Write a WAV file of 16 bits; a file that is there already is replaced whole or not at all.

    Args:
        path: where to.
        samples: [n, channels]; beyond -1..1 they are clipped, and what is no number is silence.
        rate_hz: samples per second.

    Raises:
        AssetError: the file cannot be written.
    """
    expect_shapes(samples=(samples, "n c"))
    scaled = np.round(np.nan_to_num(samples, posinf=1, neginf=-1) * _FULL_SCALE)
    pcm = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(pcm.shape[1])
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(pcm.tobytes())
    with atomic_write(path) as file:
        file.write(buffer.getbuffer())


def _opened(path: Path) -> InputContainer:
    try:
        if path.stat().st_size == 0:
            raise AssetError(f"{path.name} is empty.", _FORMATS)
        return av.open(path, options=_OPTIONS, metadata_errors="replace")
    except FileNotFoundError as reason:
        raise AssetError(
            f"There is no file {path.name or path}.", "Choose a sound file that exists."
        ) from reason
    except IsADirectoryError as reason:
        raise AssetError(f"{path.name} is a folder.", _FORMATS) from reason
    except PermissionError as reason:
        raise AssetError(f"{path.name} may not be read.", "Change its permissions.") from reason
    except (av.FFmpegError, OSError, ValueError) as reason:
        raise AssetError(f"{path.name} is no sound file and no film.", _FORMATS) from reason


def _sound_of(file: InputContainer) -> AudioStream | None:
    """The first track of sound that can be decoded."""
    tracks = (track for track in file.streams.audio if track.codec_context is not None)
    return next(tracks, None)


def _samples(file: InputContainer, stream: AudioStream, rate_hz: int, name: str) -> Float32:
    start_s = _film_start_s(file)
    layout = "mono" if stream.channels == 1 else "stereo"
    resampler = av.AudioResampler(format="flt", layout=layout, rate=rate_hz)
    pieces: list[Float32] = []
    skip = 0
    room = limits.SOUND_BYTES
    for frame in _decoded(file, stream):
        if not pieces and start_s is not None and frame.time is not None:
            skip = round((start_s - frame.time) * rate_hz)
        try:
            resamples = resampler.resample(frame)
        except (av.FFmpegError, ValueError):
            break  # a broken end can be of another kind than what came before
        for resampled in resamples:
            pieces.append(_piece(resampled))
            room -= pieces[-1].nbytes
        if room < 0:
            raise AssetError(f"The sound of {name} is too long.", "Use a shorter piece of it.")
    pieces += [_piece(resampled) for resampled in (resampler.resample(None) if pieces else [])]
    samples = np.concatenate(pieces) if pieces else np.zeros((0, 1), np.float32)
    samples = samples[skip:] if skip > 0 else np.pad(samples, ((-skip, 0), (0, 0)))
    if not len(samples):
        raise AssetError(f"The sound of {name} is damaged.", "Try another copy of the file.")
    return samples


def _decoded(file: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Frames as far as the file goes: a cut or broken end gives no error."""
    packets = file.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            frames = [] if packet is None else packet.decode()
        except (av.FFmpegError, ValueError):
            return
        if packet is None:
            return
        yield from frames


def _piece(frame: av.AudioFrame) -> Float32:
    """[n, channels] of an interleaved frame."""
    return frame.to_ndarray().reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False)


def _film_start_s(file: InputContainer) -> float | None:
    """What the clock of a film shows at its start; None for sound alone (a cover is no film)."""
    for stream in file.streams.video:
        is_cover = bool(stream.disposition & Disposition.attached_pic)
        if not is_cover and stream.start_time is not None and stream.time_base is not None:
            picture_s = float(stream.start_time * stream.time_base)
            start_s = (file.start_time or 0) / av.time_base
            return start_s if 0 <= picture_s - start_s <= _LARGEST_START_GAP_S else picture_s
    return None
