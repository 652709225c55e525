"""Writes head_model.npz, everything a reader needs to make each mesh of the pictures again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.identity_basis import SHAPE_NAMES, shape_deltas
from synthetic_capture.head.joints import EYES, JOINTS, PARENTS
from synthetic_capture.head.landmarks import landmark_embedding
from synthetic_capture.head.regions import PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from synthetic_capture.head.head_model import HeadModel


def save_head_model(model: HeadModel, path: Path) -> None:
    """Write the arrays listed in the README (metres, radians, head frame)."""
    topology = model.topology
    uv, uv_faces = model.indexed_uvs()
    vertex_deltas, joint_deltas = shape_deltas(model)
    landmark_faces, landmark_weights = landmark_embedding(model.data.base_mesh, topology)
    np.savez_compressed(
        path,
        vertices=model.vertices.astype(np.float32),
        faces=topology.faces.astype(np.int32),
        uv=uv,
        uv_faces=uv_faces,
        expression_names=np.array(model.expression_names),
        expression_deltas=model.expression_deltas,
        eye_look_axis_angle=model.eye_look.astype(np.float32),
        shape_names=np.array(SHAPE_NAMES),
        shape_deltas=vertex_deltas,
        joint_shape_deltas=joint_deltas,
        part_names=np.array(PARTS),
        face_part=np.array([PARTS.index(label) for label in topology.labels], np.uint8),
        joint_names=np.array(JOINTS),
        joints=model.joints.astype(np.float32),
        parents=np.array(PARENTS, np.int32),
        skin_weights=model.skin_weights,
        scalp_vertex_ids=np.unique(topology.faces_of("scalp")).astype(np.int32),
        eye_centres=model.joints[EYES].astype(np.float32),
        landmark_face_ids=landmark_faces,
        landmark_barycentric=landmark_weights,
    )
