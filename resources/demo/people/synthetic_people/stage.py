"""What all people share: MakeHuman's data, topology, texels, landmarks, lashes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from synthetic_capture.head.head_model import HeadModel
from synthetic_capture.head.landmarks import landmark_embedding
from synthetic_capture.head.regions import PARTS
from synthetic_capture.head.topology import Topology, build_topology
from synthetic_capture.paint.texels import Texels, texels

from avatar_core.motion import ARKIT_UNITS
from synthetic_people.canonical import average_canonical

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.mesh.arrays import Float, Float32, Int

_AVERAGE = {
    f"macrodetails/{name}": 0.5
    for sex in ("female", "male")
    for name in (
        f"caucasian-{sex}-young",
        f"universal-{sex}-young-averagemuscle-averageweight",
    )
}


@dataclass(frozen=True)
class DrawnMesh:
    """The mesh as it is drawn: one row for each pair of vertex and atlas place.

    Args:
        vertex: [D] vertex of the topology.
        uv: [D, 2] atlas coordinates.
        part: [D] index into PARTS.
        faces: [F, 3] rows.
    """

    vertex: Int
    uv: Float32
    part: Int
    faces: Int


class Stage:
    """Loaded once for any number of people.

    Args:
        data: MakeHuman's files.
        atlas_px: side of the painted textures.
    """

    def __init__(self, data: MakeHuman, atlas_px: int = 768) -> None:
        self.data = data
        self.atlas_px = atlas_px
        self.topology: Topology = build_topology(data)
        self.landmark_faces, self.landmark_weights = landmark_embedding(
            data.base_mesh, self.topology
        )
        average = HeadModel(data, self.topology, _AVERAGE)
        self.canonical = average_canonical(self.landmarks(average.vertices))
        self.average_landmarks = self.canonical.of(self.landmarks(average.vertices))
        self._average = average

    @cached_property
    def deltas(self) -> Float32:
        """[52, V * 3] metres of the face units in the order of ARKIT_UNITS."""
        order = [self._average.expression_names.index(name) for name in ARKIT_UNITS]
        return self._average.expression_deltas[order].reshape(len(order), -1)

    @cached_property
    def eye_look(self) -> Float:
        """[52, 2, 3] axis-angle of the (left, right) eye at weight 1."""
        order = [self._average.expression_names.index(name) for name in ARKIT_UNITS]
        return self._average.eye_look[order]

    @cached_property
    def texels(self) -> Texels:
        """Of the atlas."""
        found = texels(self.data, self.topology, self.atlas_px)
        return replace(found, points=found.points.astype(np.float32))

    @cached_property
    def mesh(self) -> DrawnMesh:
        """Vertices split along the seams of the atlas."""
        topology = self.topology
        corner_part = np.repeat([PARTS.index(label) for label in topology.labels], 3)
        keys = np.c_[
            topology.faces.reshape(-1),
            np.round(topology.uv_corners.reshape(-1, 2) * 1e6).astype(np.int64),
            corner_part,
        ]
        rows, index = np.unique(keys, axis=0, return_inverse=True)
        return DrawnMesh(
            vertex=rows[:, 0],
            uv=(rows[:, 1:3] / 1e6).astype(np.float32),
            part=rows[:, 3],
            faces=index.reshape(-1, 3).astype(np.int32),
        )

    @cached_property
    def _corner_sum(self) -> sparse.csr_matrix:
        faces = self.topology.faces
        count = len(faces)
        return sparse.csr_matrix(
            (np.ones(3 * count, np.float32), (faces.T.reshape(-1), np.tile(np.arange(count), 3))),
            (self.topology.weights.shape[0], count),
        )

    def normals(self, vertices: Float32) -> Float32:
        """Area-weighted unit normals [V, 3] of vertices [V, 3]."""
        corners = vertices[self.topology.faces]
        areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        sums = self._corner_sum @ areas
        normals: Float32 = sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-12)
        return normals

    def landmarks(self, vertices: Float | Float32) -> Float:
        """[68, 3] on vertices [V, 3]."""
        corners = vertices[self.topology.faces[self.landmark_faces]]
        points: Float = np.einsum("nk,nkc->nc", self.landmark_weights, corners)
        return points
