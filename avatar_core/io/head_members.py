"""Heads inside archives: numbers in `head.npz`, names as text in the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.heads import BlendshapeHead
from avatar_core.heads.flame import FlameHead
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader
from avatar_core.io.arrays import array_from_npy, arrays_to_npz

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import ParametricHead

HEAD_MEMBER = "head.npz"
"""Where the numbers of a head lie in an archive."""

HEAD_BYTES = limits.HEAD_BYTES
"""All arrays of one head; a subdivided FLAME model has 95 MB."""

_MOST_ARRAYS = 64
_KINDS: dict[str, type[BlendshapeHead | FlameHead]] = {
    "blendshape": BlendshapeHead,
    "flame": FlameHead,
}


def head_members(head: ParametricHead, compressed: bool = True) -> tuple[dict[str, Any], bytes]:
    """A head as a section of the manifest and the bytes of `HEADHEAD_MEMBER`.

    Raises:
        AssetError: the head is of a kind that has no file format.
    """
    kind = next((kind for kind, known in _KINDS.items() if isinstance(head, known)), None)
    if kind is None or not isinstance(head, BlendshapeHead | FlameHead):
        raise AssetError(
            f"Heads of the kind {type(head).__name__} cannot be saved in an avatar file.",
            f"Save an avatar with a head of one of these kinds: {', '.join(_KINDS)}.",
        )
    arrays = head.arrays()
    names = {key: array.tolist() for key, array in arrays.items() if array.dtype.kind == "U"}
    numbers = {key: array for key, array in arrays.items() if key not in names}
    return {"kind": kind, "names": names}, arrays_to_npz(numbers, compressed)


def head_from_archive(
    archive: ArchiveReader, section: dict[str, Any], title: str
) -> BlendshapeHead | FlameHead:
    """The head of an archive that is not trusted.

    Args:
        archive: holds `HEAD_MEMBER`.
        section: the manifest's section on the head.
        title: what to call the archive in an error.

    Raises:
        AssetError: damaged, or of an unknown kind.
        ShapeError: arrays are missing, misshapen or not finite.
    """
    kind = _KINDS.get(str(section.get("kind")))
    if kind is None:
        raise AssetError(
            f"{title} holds a head of a kind that this release does not know.",
            "Update Avatar Studio to open it.",
        )
    arrays = arrays_of_member(archive, HEAD_MEMBER, title)
    names = section.get("names")
    if not isinstance(names, dict):
        raise ShapeError("names: missing in the manifest")
    for key, entries in names.items():
        if not isinstance(entries, list) or not all(isinstance(name, str) for name in entries):
            raise ShapeError(f"{key}: expected a list of names")
        arrays[key] = np.array(entries, np.str_)
    return kind.from_arrays(arrays)


def arrays_of_member(archive: ArchiveReader, member: str, title: str) -> dict[str, AnyArray]:
    """The arrays of an inner `.npz`, each held to a size before it is unpacked."""
    data = archive.read(member, HEAD_BYTES)
    arrays = {}
    with ArchiveReader(
        data, f"{member} in {title}", AssetError, most_members=_MOST_ARRAYS
    ) as inner:
        for entry in inner.names:
            content = inner.read(entry, HEAD_BYTES)
            arrays[entry.removesuffix(".npy")] = array_from_npy(content, f"{entry} in {title}")
    return arrays
