"""glTF 2.0, written: a document in JSON, one buffer behind it, both in one `.glb`.

Source:
    Khronos Group, glTF 2.0 specification, sections 3.6 (buffers and accessors) and 4 (GLB).
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io.atomic import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray

_GENERATOR = "Avatar Studio"
_VERSION = 2
_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")
_MOST_BYTES = (1 << 32) - 1

_COMPONENTS = {"u1": 5121, "u4": 5125, "f4": 5126}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Target(IntEnum):
    """What part of a drawing call a block of bytes is for."""

    VERTICES = 34962
    INDICES = 34963


class GltfBuilder:
    """A glTF document as it grows; each `add_` gives the index of what was added."""

    def __init__(self) -> None:
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self._extensions: set[str] = set()
        self._buffer = bytearray()
        self._roots: list[int] = []

    def add(self, kind: str, **values: Any) -> int:
        """Add plain data to one of the document's lists, such as "nodes"; None is left out."""
        entries = self._lists.setdefault(kind, [])
        entries.append({key: value for key, value in values.items() if value is not None})
        return len(entries) - 1

    def entry(self, kind: str, index: int) -> dict[str, Any]:
        """Something that was added before, to be completed."""
        return self._lists[kind][index]

    def use_extension(self, name: str) -> None:
        self._extensions.add(name)

    def set_roots(self, nodes: list[int]) -> None:
        """Say which nodes the scene consists of."""
        self._roots = nodes

    def add_view(self, data: bytes, target: Target | None = None, name: str | None = None) -> int:
        """A block of bytes."""
        self._buffer += bytes(-len(self._buffer) % 4)
        offset = len(self._buffer)
        self._buffer += data
        return self.add(
            "bufferViews", buffer=0, byteOffset=offset, byteLength=len(data),
            target=None if target is None else int(target), name=name,
        )  # fmt: skip

    def add_accessor(
        self,
        values: AnyArray,
        target: Target | None = None,
        *,
        has_bounds: bool = False,
    ) -> int:
        """Numbers as the rows of an array.

        Args:
            values: [n] or [n, width] float32, or unsigned bytes or ints; a matrix is a row
                of 16, column by column.
            target: what they are for, if drawing calls use them directly.
            has_bounds: tell the least and largest of each column, as positions and times must.
        """
        rows = np.ascontiguousarray(values).reshape(len(values), -1)
        code = rows.dtype.str[1:]
        view = self.add_view(rows.astype(f"<{code}").tobytes(), target)
        bounds: dict[str, Any] = {}
        if has_bounds:
            bounds = {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        return self.add(
            "accessors", bufferView=view, componentType=_COMPONENTS[code], count=len(rows),
            type=_TYPES[rows.shape[1]], **bounds,
        )  # fmt: skip

    def add_texture(self, png: bytes, name: str) -> int:
        """A picture, to be read with bilinear filtering and mipmaps."""
        image = self.add("images", bufferView=self.add_view(png), mimeType="image/png", name=name)
        sampler = self.add("samplers", magFilter=9729, minFilter=9987, wrapS=33071, wrapT=33071)
        return self.add("textures", source=image, sampler=sampler, name=name)

    def document(self, name: str, **about: Any) -> dict[str, Any]:
        """The whole as plain data.

        Args:
            name: of the scene.
            about: added to `asset`, such as a copyright.
        """
        used = {"extensionsUsed": sorted(self._extensions)} if self._extensions else {}
        return {
            "asset": {"version": "2.0", "generator": _GENERATOR, **about},
            **used,
            "scene": 0,
            "scenes": [{"name": name, "nodes": self._roots}],
            **self._lists,
            "buffers": [{"byteLength": len(self._buffer)}],
        }

    def write(self, path: Path, name: str, **about: Any) -> None:
        """Write a `.glb`; a file that is there already is replaced whole or not at all.

        Raises:
            AssetError: it would be larger than 4 GiB, or cannot be written.
        """
        # Names that come from names of files may hold bytes that are no text.
        text = json.dumps(
            self.document(name, **about), ensure_ascii=False, allow_nan=False,
            separators=(",", ":"),
        ).encode(errors="replace")  # fmt: skip
        text += b" " * (-len(text) % 4)
        tail = bytes(-len(self._buffer) % 4)
        binary = len(self._buffer) + len(tail)
        size = _HEADER.size + 2 * _CHUNK.size + len(text) + binary
        if size > _MOST_BYTES:
            raise AssetError(
                f"{path.name} would be larger than a .glb can be.", "Export fewer frames at once."
            )
        with atomic_write(path) as file:
            file.write(_HEADER.pack(b"glTF", _VERSION, size))
            file.write(_CHUNK.pack(len(text), b"JSON"))
            file.write(text)
            file.write(_CHUNK.pack(binary, b"BIN\0"))
            file.write(self._buffer)
            file.write(tail)
