"""Gaussians and meshes of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AvatarError, ShapeError
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.gaussian_ply import PlyGaussians, read_gaussian_ply, write_gaussian_ply
from avatar_core.io.meshes import load_mesh
from avatar_core.io.packed_gaussians import pack_gaussians, unpack_gaussians
from tests.fuzz.target import MIB, Shape, Target, read_file, write_file
from tests.fuzz.targets.documents import small_avatar, written

if TYPE_CHECKING:
    from pathlib import Path

_BOX = (
    "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\n"
    "f 1/1 2/2 3/3\nf 1/1 2/2 4/3\nusemtl a\nf 2 3 4\n"
)


def _plys() -> list[bytes]:
    cloud = small_avatar().hair.subset(slice(0, 6))
    fresh = PlyGaussians(cloud, {"binding_0": np.arange(6, dtype=np.int32)}, ("made for tests",))
    binary = written(lambda path: write_gaussian_ply(path, fresh), "a.ply")
    start, _, rows = binary.partition(b"end_header\n")
    names = [line.split()[-1] for line in start.decode().splitlines() if line.startswith("prop")]
    values = np.frombuffer(rows, [(n, "<i4" if n == "binding_0" else "<f4") for n in names])
    text = start.replace(b"binary_little_endian", b"ascii") + b"end_header\n"
    for row in values:
        text += " ".join(str(each) for each in row.tolist()).encode() + b"\n"
    return [binary, text]


def _packed() -> list[bytes]:
    return [arrays_to_npz(pack_gaussians(small_avatar().hair))]


def _unpack(data: bytes, _: Path) -> Any:
    return unpack_gaussians(arrays_from_npz(data))


def _objs() -> list[bytes]:
    return [_BOX.encode(), ("mtllib ../a.mtl\n" + _BOX).encode()]


def _offs() -> list[bytes]:
    return [b"OFF\n4 2 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 1 2 3\n"]


def _binary_meshes(kind: str) -> list[bytes]:
    import trimesh

    mesh = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 2], [1, 2, 3]])
    return [bytes(mesh.export(file_type=kind))]


def _gltfs() -> list[bytes]:
    import base64
    import json

    numbers = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32).tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(numbers).decode()
    tree = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(numbers), "uri": uri}],
        "bufferViews": [{"buffer": 0, "byteLength": len(numbers)}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
    }
    # A file that lies outside of the mesh's folder: refused.
    elsewhere = {**tree, "buffers": [{"byteLength": 36, "uri": "../../../../etc/passwd"}]}
    return [json.dumps(tree).encode(), json.dumps(elsewhere).encode()]


_CLOUD_ERRORS = (AvatarError, ShapeError)

TARGETS = (
    Target(
        "PLY",
        _plys,
        read_file(read_gaussian_ply, "a.ply"),
        write=write_file(lambda value, path: write_gaussian_ply(path, value), "a.ply"),
    ),
    Target("packed Gaussians", _packed, _unpack, Shape.ZIP, _CLOUD_ERRORS, memory_bytes=700 * MIB),
    Target("mesh OBJ", _objs, read_file(load_mesh, "a.obj"), Shape.TEXT),
    Target("mesh OFF", _offs, read_file(load_mesh, "a.off"), Shape.TEXT),
    Target("mesh PLY", lambda: _binary_meshes("ply"), read_file(load_mesh, "a.ply")),
    Target("mesh STL", lambda: _binary_meshes("stl"), read_file(load_mesh, "a.stl")),
    Target("mesh GLB", lambda: _binary_meshes("glb"), read_file(load_mesh, "a.glb")),
    Target("mesh glTF", _gltfs, read_file(load_mesh, "a.gltf"), Shape.JSON),
)
