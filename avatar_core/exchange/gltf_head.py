"""The head of an avatar in the arrays of glTF: mesh, morph targets, skin, material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry.topology import vertex_normals
from avatar_core.io.gltf import Target
from avatar_core.io.images import image_to_png
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.exchange.export_report import Step
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.heads import HeadTopology
    from avatar_core.heads.neck import NeckSkin
    from avatar_core.io.gltf import GltfBuilder
    from avatar_core.mega.plain import Avatar

_UNLIT = "KHR_materials_unlit"
_AHEAD = np.array([0, 0, 1], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """A head with one place in the texture for each vertex, as graphics cards want it.

    Args:
        vertices: [R, 3] metres.
        normals: [R, 3] unit.
        uv: [R, 2] origin top left, as glTF has it.
        faces: [F, 3] rows of the above.
        vertex_ids: [R] the vertex of the head that each stands for.
    """

    vertices: Float32
    normals: Float32
    uv: Float32
    faces: Int32
    vertex_ids: Int32


def head_mesh(topology: HeadTopology, vertices: Float32) -> HeadMesh:
    """A head's mesh, its vertices doubled along the seams of the atlas.

    Args:
        topology: of the head.
        vertices: [V, 3] posed or at rest, metres.
    """
    pairs = np.stack([topology.faces.ravel(), topology.uv_faces.ravel()], axis=1)
    kept, faces = np.unique(pairs, axis=0, return_inverse=True)
    normals = vertex_normals(vertices, topology.faces)[kept[:, 0]]
    has_none = np.linalg.norm(normals, axis=1, keepdims=True) < 0.5
    uv = topology.uv[kept[:, 1]]
    return HeadMesh(
        vertices=vertices[kept[:, 0]].astype(np.float32),
        normals=np.where(has_none, _AHEAD, normals),
        uv=np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1).astype(np.float32),
        faces=faces.reshape(-1, 3).astype(np.int32),
        vertex_ids=kept[:, 0].astype(np.int32),
    )


def unit_deltas(avatar: Avatar, rest: Float32, step: Step) -> dict[str, Float32]:
    """What each of ARKit's units does to a head at rest, [V, 3] metres at weight 1.

    Args:
        avatar: is asked for each unit alone, so that its own deformations are in it.
        rest: [V, 3] its vertices at rest.
        step: hears of the progress.
    """
    deltas = {}
    for index, unit in enumerate(ARKIT_UNITS):
        step(index / len(ARKIT_UNITS), f"Posing {unit}")
        frame = avatar.evaluate(MotionFrame.from_units(**{unit: 1.0}))
        deltas[unit] = frame.vertices - rest
    return deltas


def add_face_material(gltf: GltfBuilder, picture: UInt8) -> int:
    """The face's texture, shown as it is: its light is in the picture already.

    Args:
        gltf: the document.
        picture: [H, W, 3] uint8 sRGB, top row first.
    """
    gltf.use_extension(_UNLIT)
    texture = gltf.add_texture(image_to_png(picture), "face")
    return gltf.add(
        "materials",
        name="Face",
        pbrMetallicRoughness={
            "baseColorTexture": {"index": texture},
            "metallicFactor": 0.0,
            "roughnessFactor": 0.9,
        },
        extensions={_UNLIT: {}},
    )


def add_head(
    gltf: GltfBuilder,
    mesh: HeadMesh,
    material: int,
    deltas: Mapping[str, Float32],
    skin: NeckSkin | None,
) -> int:
    """The mesh of a head.

    Args:
        gltf: the document.
        mesh: the head.
        material: see `add_face_material`.
        deltas: morph targets by name, [V, 3] metres; none for a head in one pose.
        skin: how it turns about the neck: joint 0 is the bust, joint 1 the neck.
    """
    attributes = {
        "POSITION": gltf.add_accessor(mesh.vertices, Target.VERTICES, has_bounds=True),
        "NORMAL": gltf.add_accessor(mesh.normals, Target.VERTICES),
        "TEXCOORD_0": gltf.add_accessor(mesh.uv, Target.VERTICES),
    }
    if skin is not None:
        joints, weights = _influences(skin.weights[mesh.vertex_ids])
        attributes["JOINTS_0"] = gltf.add_accessor(joints, Target.VERTICES)
        attributes["WEIGHTS_0"] = gltf.add_accessor(weights, Target.VERTICES)
    targets = [
        {
            "POSITION": gltf.add_accessor(
                each[mesh.vertex_ids].astype(np.float32), Target.VERTICES, has_bounds=True
            )
        }
        for each in deltas.values()
    ]
    indices = gltf.add_accessor(mesh.faces.ravel().astype(np.uint32), Target.INDICES)
    primitive = {"attributes": attributes, "indices": indices, "material": material, "mode": 4}
    if targets:
        primitive["targets"] = targets
    return gltf.add(
        "meshes",
        name="Head",
        primitives=[primitive],
        weights=[0.0] * len(targets) or None,
        extras={"targetNames": list(deltas)} if targets else None,
    )


def add_neck(gltf: GltfBuilder, skin: NeckSkin, name: str) -> tuple[int, int, int]:
    """The joints of a head: (bust, neck, skin); the bust is the root and carries the neck."""
    place = [float(part) for part in skin.joint]
    neck = gltf.add("nodes", name="Neck", translation=place)
    bust = gltf.add("nodes", name=name, children=[neck])
    inverse = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    inverse[1, :3, 3] = -skin.joint
    # Matrices are stored column by column.
    matrices = gltf.add_accessor(np.swapaxes(inverse, 1, 2).reshape(2, 16))
    made = gltf.add("skins", inverseBindMatrices=matrices, joints=[bust, neck], skeleton=bust)
    return bust, neck, made


def _influences(share: Float32) -> tuple[UInt8, Float32]:
    """Joints and weights [R, 4] of vertices that follow the neck by a share [R]."""
    weights = np.zeros((len(share), 4), np.float32)
    joints = np.zeros((len(share), 4), np.uint8)
    weights[:, 0], weights[:, 1] = 1 - share, share
    joints[:, 1] = share > 0
    # Where one joint has all the weight it stands first; an unused one has to be joint 0.
    whole = share >= 1
    joints[whole, :2], weights[whole, :2] = (1, 0), (1, 0)
    return joints, weights
