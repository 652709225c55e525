"""What can be saved of a damaged take: its motion, and as much as goes with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io import limits
from avatar_core.io.migrations import MANIFEST, TAKE
from avatar_core.io.salvage import arrays_left, contents_of, is_whole, remains_of
from avatar_core.io.take_file import AUDIO_MEMBER, samples_of, take_from_bytes
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.take_values import unpack_take

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.motion import Take
    from avatar_core.project.plain import PlainData

_PREFIX = "take"
_ARRAYS = "arrays.npz"


def take_left(data: bytes, title: str) -> tuple[Take, list[str]]:
    """The take of a damaged file, and what of it is lost.

    Args:
        data: the bytes of the file.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: its name, its times or its weights are lost.
        ProjectFormatError: it comes from a newer release.
    """
    try:
        return take_from_bytes(data, title), []
    except AvatarError as reason:
        # Not the error itself: its trace holds all that was unpacked before it.
        message, hint = reason.message, reason.hint
    members = {
        each.name: contents_of(data, each, limits.TAKE_BYTES)
        for each in reversed(remains_of(data))
        if is_whole(data, each) or each.name == _ARRAYS
    }
    try:
        manifest = TAKE.upgraded(json.loads(members[MANIFEST]), title)
    except (KeyError, ValueError, RecursionError, AttributeError):
        raise AssetError(message, hint) from None
    arrays = arrays_left(members.get(_ARRAYS, b""), limits.TAKE_BYTES)
    lost: list[str] = []
    if manifest.get("audio_rate_hz") is not None:
        _bring_sound(manifest, arrays, members.get(AUDIO_MEMBER), lost)
    _fill_in(arrays, lost)
    return _take(manifest, arrays, title, lost), lost


def _bring_sound(
    manifest: PlainData, arrays: dict[str, AnyArray], wav: bytes | None, lost: list[str]
) -> None:
    name = f"{_PREFIX}.audio"
    if name not in arrays and wav is not None:
        try:
            arrays[name] = samples_of(wav, "The take")
        except AvatarError:
            arrays.pop(name, None)
    if name not in arrays:
        manifest["audio_rate_hz"] = None
        lost.append("its sound")


def _fill_in(arrays: dict[str, AnyArray], lost: list[str]) -> None:
    """Rest in the place of motion that the take can do without."""
    frames = len(arrays.get(f"{_PREFIX}.times_s", ()))
    rest: dict[str, AnyArray] = {
        "head_rotation": np.zeros((frames, 3), np.float32),
        "head_translation": np.zeros((frames, 3), np.float32),
        "confidence": np.ones(frames, np.float32),
    }
    for name, array in rest.items():
        if f"{_PREFIX}.{name}" not in arrays:
            arrays[f"{_PREFIX}.{name}"] = array
            lost.append(f"its {name.replace('_', ' ')}")


def _take(manifest: PlainData, arrays: dict[str, AnyArray], title: str, lost: list[str]) -> Take:
    try:
        return unpack_take(Fields(manifest, "manifest"), Arrays(arrays, "arrays"), _PREFIX)
    except AvatarError:
        bare = {**manifest, "corrections": {"channels": [], "is_bypassed": False}}
        bare |= {"markers": [], "timecode": None}
        try:
            take = unpack_take(Fields(bare, "manifest"), Arrays(arrays, "arrays"), _PREFIX)
        except AvatarError as reason:
            raise AssetError(f"{title} has lost too much: {reason.message}") from reason
        lost.append("its corrections and markers")
        return take
