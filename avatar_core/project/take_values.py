"""Takes as plain data and arrays, and back: one form for files and for records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import Corrections, Key, Marker, Take, TakeAudio, Timecode
from avatar_core.motion.timecode import HIGHEST_BASE
from avatar_core.project.model import HIGHEST_FPS
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray

_LOWEST_FPS = 1e-9
_HIGHEST_RATE_HZ = 1_000_000
_MOST_MARKERS = 10_000


def pack_take(take: Take, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    """The plain data of a take; its arrays are put under names that begin with `prefix`."""
    arrays[f"{prefix}.times_s"] = take.times_s
    arrays[f"{prefix}.weights"] = take.weights
    arrays[f"{prefix}.head_rotation"] = take.head_rotation
    arrays[f"{prefix}.head_translation"] = take.head_translation
    arrays[f"{prefix}.confidence"] = take.confidence
    if take.gaze is not None:
        arrays[f"{prefix}.gaze"] = take.gaze
    if take.audio is not None:
        arrays[f"{prefix}.audio"] = take.audio.samples
    return {
        "id": take.id,
        "name": take.name,
        "fps": take.fps,
        "audio_rate_hz": None if take.audio is None else take.audio.rate_hz,
        "audio_offset_s": take.audio_offset_s,
        "markers": pack_markers(take.markers),
        "timecode": pack_timecode(take.timecode),
        "corrections": pack_corrections(take.corrections, arrays, f"{prefix}.corrections"),
    }


def unpack_take(fields: Fields, arrays: Arrays, prefix: str) -> Take:
    """The take of data that anyone may have written.

    Raises:
        ProjectFormatError: no take is like that.
    """
    gaze = f"{prefix}.gaze"
    try:
        return Take(
            id=fields.text("id", least=1),
            name=fields.text("name"),
            fps=fields.number("fps", _LOWEST_FPS, HIGHEST_FPS),
            times_s=arrays.get(f"{prefix}.times_s", np.float64, "T"),
            weights=arrays.get(f"{prefix}.weights", np.float32, "T 52"),
            head_rotation=arrays.get(f"{prefix}.head_rotation", np.float32, "T 3"),
            head_translation=arrays.get(f"{prefix}.head_translation", np.float32, "T 3"),
            gaze=arrays.get(gaze, np.float32, "T 2 2") if arrays.has(gaze) else None,
            confidence=arrays.get(f"{prefix}.confidence", np.float32, "T", 0.0, 1.0),
            audio=_unpack_audio(fields, arrays, prefix),
            audio_offset_s=fields.number("audio_offset_s"),
            markers=unpack_markers(fields.children("markers")),
            timecode=unpack_timecode(fields.child_or_none("timecode")),
            corrections=unpack_corrections(
                fields.child("corrections"), arrays, f"{prefix}.corrections"
            ),
        )
    except ValueError as reason:
        raise damaged(f"a take does not hold together ({reason})") from reason


def pack_markers(markers: tuple[Marker, ...]) -> list[PlainData]:
    return [{"time_s": marker.time_s, "name": marker.name} for marker in markers]


def unpack_markers(entries: list[Fields]) -> tuple[Marker, ...]:
    if len(entries) > _MOST_MARKERS:
        raise damaged("a take has too many markers")
    return tuple(Marker(entry.number("time_s"), entry.text("name")) for entry in entries)


def pack_timecode(timecode: Timecode | None) -> PlainData | None:
    return None if timecode is None else {"frames": timecode.frames, "base": timecode.base}


def unpack_timecode(fields: Fields | None) -> Timecode | None:
    if fields is None:
        return None
    return Timecode(fields.number("frames"), fields.whole("base", 1, HIGHEST_BASE))


def pack_corrections(
    corrections: Corrections, arrays: dict[str, AnyArray], prefix: str
) -> PlainData:
    """The plain data of corrections; keys [k, 2] (time, value) are put under the channels."""
    for channel, keys in corrections.curves.items():
        arrays[f"{prefix}.{channel}"] = np.array([[key.time_s, key.value] for key in keys])
    return {"channels": list(corrections.curves), "is_bypassed": corrections.is_bypassed}


def unpack_corrections(fields: Fields, arrays: Arrays, prefix: str) -> Corrections:
    curves = {}
    for channel in fields.items("channels"):
        if not isinstance(channel, str) or not channel or channel in curves:
            raise damaged("the corrections of a take name an impossible channel")
        keys = arrays.get(f"{prefix}.{channel}", np.float64, "k 2")
        curves[channel] = tuple(Key(time_s, value) for time_s, value in keys.tolist())
    return Corrections(curves, fields.flag("is_bypassed"))


def _unpack_audio(fields: Fields, arrays: Arrays, prefix: str) -> TakeAudio | None:
    if fields.is_none("audio_rate_hz"):
        return None
    return TakeAudio(
        samples=arrays.get(f"{prefix}.audio", np.float32, "* *"),
        rate_hz=fields.whole("audio_rate_hz", 1, _HIGHEST_RATE_HZ),
    )
