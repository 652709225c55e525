"""glTF as the specification reads it: foreign parsing by pygltflib, posing written out here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pygltflib

if TYPE_CHECKING:
    from pathlib import Path

_TYPES = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass
class ReadGltf:
    """A `.glb` that was read."""

    gltf: pygltflib.GLTF2

    @classmethod
    def of(cls, path: Path) -> ReadGltf:
        gltf = pygltflib.GLTF2().load(str(path))
        assert gltf is not None
        return cls(gltf)

    def accessor(self, index: int) -> np.ndarray:
        """[n, width] as float64 or whole numbers; normalised ones as 0..1."""
        accessor = self.gltf.accessors[index]
        view = self.gltf.bufferViews[accessor.bufferView]
        width = _WIDTHS[accessor.type]
        data = self.gltf.binary_blob()
        values = np.frombuffer(
            data, _TYPES[accessor.componentType], accessor.count * width, view.byteOffset
        ).reshape(accessor.count, width)
        if accessor.min:
            np.testing.assert_array_equal(values.min(axis=0), np.float32(accessor.min))
            np.testing.assert_array_equal(values.max(axis=0), np.float32(accessor.max))
        if accessor.normalized:
            return values / np.iinfo(values.dtype).max
        return values

    def primitive(self, mesh_name: str) -> Any:
        (mesh,) = (mesh for mesh in self.gltf.meshes if mesh.name == mesh_name)
        (primitive,) = mesh.primitives
        return primitive

    def attribute(self, mesh_name: str, name: str) -> np.ndarray:
        # pygltflib keeps unknown attributes in the same object.
        return self.accessor(getattr(self.primitive(mesh_name).attributes, name))

    def node(self, name: str) -> int:
        (index,) = (at for at, node in enumerate(self.gltf.nodes) if node.name == name)
        return int(index)

    def image(self, index: int) -> bytes:
        view = self.gltf.bufferViews[self.gltf.images[index].bufferView]
        data = self.gltf.binary_blob()
        return bytes(data[view.byteOffset : view.byteOffset + view.byteLength])

    def at_key(self, key: int) -> dict[tuple[int, str], np.ndarray]:
        """What the animation sets at a key, by node and path."""
        (animation,) = self.gltf.animations
        found = {}
        for channel in animation.channels:
            sampler = animation.samplers[channel.sampler]
            count = len(self.accessor(sampler.input))
            values = self.accessor(sampler.output).reshape(count, -1)
            found[channel.target.node, channel.target.path] = values[key].astype(np.float64)
        return found

    def worlds(self, moved: dict[tuple[int, str], np.ndarray]) -> list[np.ndarray]:
        """[4, 4] of every node, with what an animation sets."""
        nodes = self.gltf.nodes
        result: list[Any] = [None] * len(nodes)

        def visit(index: int, parent: np.ndarray) -> None:
            node, local = nodes[index], np.eye(4)
            turn = moved.get((index, "rotation"), node.rotation)
            place = moved.get((index, "translation"), node.translation)
            if turn is not None:
                local[:3, :3] = matrix(np.asarray(turn, np.float64))
            if place is not None:
                local[:3, 3] = place
            result[index] = parent @ local
            for child in node.children or []:
                visit(child, result[index])

        for root in self.gltf.scenes[self.gltf.scene].nodes:
            visit(root, np.eye(4))
        return result

    def posed_head(self, moved: dict[tuple[int, str], np.ndarray] | None = None) -> np.ndarray:
        """[R, 3] the head's vertices: morphed, then skinned."""
        moved = moved or {}
        head = self.node("Head")
        primitive = self.primitive("Head")
        vertices = self.attribute("Head", "POSITION").astype(np.float64)
        (mesh,) = (mesh for mesh in self.gltf.meshes if mesh.name == "Head")
        weights = moved.get((head, "weights"), mesh.weights or [])
        for weight, target in zip(weights, primitive.targets or [], strict=True):
            index = target["POSITION"] if isinstance(target, dict) else target.POSITION
            vertices = vertices + weight * self.accessor(index)
        worlds = self.worlds(moved)
        skin_index = self.gltf.nodes[head].skin
        if skin_index is None:
            return np.asarray(vertices @ worlds[head][:3, :3].T + worlds[head][:3, 3])
        skin = self.gltf.skins[skin_index]
        inverse = np.swapaxes(self.accessor(skin.inverseBindMatrices).reshape(-1, 4, 4), 1, 2)
        joints = np.stack(
            [worlds[joint] @ bind for joint, bind in zip(skin.joints, inverse, strict=True)]
        )
        ids = self.attribute("Head", "JOINTS_0")
        shares = self.attribute("Head", "WEIGHTS_0")
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
        blended = np.einsum("rk,rkij->rij", shares, joints[ids])
        homogeneous = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
        return np.asarray(np.einsum("rij,rj->ri", blended, homogeneous)[:, :3])

    def corners(self, values: np.ndarray) -> np.ndarray:
        """[F, 3, ...] what the corners of the head's triangles have."""
        return values[self.accessor(self.primitive("Head").indices)[:, 0].reshape(-1, 3)]


def matrix(xyzw: np.ndarray) -> np.ndarray:
    """[3, 3] of a unit quaternion, as the extension for Gaussians writes it."""
    x, y, z, w = xyzw
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
