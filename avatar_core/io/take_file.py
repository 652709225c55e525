"""`.take`: one recorded performance in one file.

A zip of `manifest.json` (format, version, name, rate), `arrays.npz` and, when there is sound,
`audio.wav`. Sound that does not fit 16 bits exactly stays among the arrays, so that loading
always gives back what was saved.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.migrations import MANIFEST, TAKE
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.take_values import pack_take, unpack_take

if TYPE_CHECKING:
    from typing import BinaryIO

    from avatar_core.geometry.shapes import AnyArray, Float32
    from avatar_core.motion import Take

_HINT = "Use a backup, or record the take again."
_PREFIX = "take"
_AUDIO = f"{_PREFIX}.audio"
_FULL_SCALE = 32_768

AUDIO_MEMBER = "audio.wav"
"""Name of the sound in the archive."""


def save_take(take: Take, path: Path | str) -> None:
    """Write a take; a file that is there already is replaced whole or not at all.

    Raises:
        AssetError: the file cannot be written.
    """
    with atomic_write(path) as file:
        _write(take, file)


def load_take(path: Path | str) -> Take:
    """Read a take. The file is not trusted: sizes, shapes and values are checked.

    Raises:
        AssetError: missing, unreadable or damaged.
        ProjectFormatError: not a take, or from a newer release.
    """
    path = Path(path)
    return _read(path, path.name)


def take_to_bytes(take: Take) -> bytes:
    """A take as the bytes of its file; the same take always gives the same bytes."""
    buffer = io.BytesIO()
    _write(take, buffer)
    return buffer.getvalue()


def take_from_bytes(data: bytes, title: str = "The take") -> Take:
    """The take of a file's bytes; raises like `load_take`, calling it `title`."""
    return _read(data, title)


def _write(take: Take, file: BinaryIO) -> None:
    arrays: dict[str, AnyArray] = {}
    manifest = {**TAKE.header(), **pack_take(take, arrays, _PREFIX)}
    pcm = None if take.audio is None else _pcm_if_exact(take.audio.samples)
    with ArchiveWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        if take.audio is not None and pcm is not None:
            del arrays[_AUDIO]
            archive.add(AUDIO_MEMBER, _wav(pcm, take.audio.rate_hz))
        archive.add("arrays.npz", arrays_to_npz(arrays), compressed=False)


def _read(source: Path | bytes, title: str) -> Take:
    with ArchiveReader(source, title, AssetError, _HINT, most_members=16) as archive:
        manifest = TAKE.read(archive, title)
        content = archive.read("arrays.npz", limits.TAKE_ARRAY_BYTES)
        arrays = arrays_from_npz(content, f"arrays.npz in {title}")
        if AUDIO_MEMBER in archive.names:
            arrays[_AUDIO] = samples_of(archive.read(AUDIO_MEMBER, limits.TAKE_SOUND_BYTES), title)
    try:
        return unpack_take(Fields(manifest, "manifest"), Arrays(arrays, "arrays"), _PREFIX)
    except ProjectFormatError as reason:
        _, _, detail = reason.message.partition(": ")
        raise AssetError(f"{title} is damaged: {detail}", _HINT) from reason


def _pcm_if_exact(samples: Float32) -> AnyArray | None:
    """16-bit samples, or None when they would not give back the same floats."""
    scaled = samples * np.float32(_FULL_SCALE)
    pcm = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2")
    return pcm if np.array_equal(pcm.astype(np.float32), scaled) and pcm.size else None


def _wav(pcm: AnyArray, rate_hz: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return buffer.getvalue()


def samples_of(data: bytes, title: str) -> Float32:
    """[samples, channels] of the sound in a take; raises AssetError."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            channels, width = file.getnchannels(), file.getsampwidth()
            content = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError, RuntimeError) as reason:
        raise AssetError(f"The sound of {title} is damaged.", _HINT) from reason
    if width != 2 or not 1 <= channels <= 64 or len(content) % (2 * channels):
        raise AssetError(f"The sound of {title} is damaged.", _HINT)
    pcm = np.frombuffer(content, "<i2").reshape(-1, channels)
    return (pcm / np.float32(_FULL_SCALE)).astype(np.float32)
