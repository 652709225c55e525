"""A person ready to be drawn: neutral head, canonical space, strands, texture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from synthetic_capture.head.head_model import HeadModel
from synthetic_capture.head.joints import EYES, JOINTS, PARENTS
from synthetic_capture.head.posing import skinned
from synthetic_capture.mesh.rotations import matrix_from_axis_angle

from synthetic_people.canonical import image_from_head, person_canonical
from synthetic_people.facial_hair import beard, brows, lashes
from synthetic_people.hairdo import hair
from synthetic_people.painting import painted_atlas
from synthetic_people.traits import random_traits

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32, UInt8

    from synthetic_people.stage import Stage
    from synthetic_people.strand_set import StrandSet
    from synthetic_people.takes import Pose
    from synthetic_people.traits import Traits

_NECK = JOINTS.index("neck")


@dataclass(frozen=True)
class Detail:
    """How finely hair is made: strands and points of each, by the size of the pictures."""

    hair: int = 3800
    hair_points: int = 9
    beard: int = 1500
    brows: int = 700
    lashes: int = 60


class Person:
    """One identity on a stage.

    Args:
        stage: what all people share.
        traits: who.
        detail: how finely hair is made.
    """

    def __init__(self, stage: Stage, traits: Traits, detail: Detail) -> None:
        self.stage = stage
        self.traits = traits
        self.model = HeadModel(stage.data, stage.topology, traits.targets)
        self.vertices = self.model.vertices.astype(np.float32)
        landmarks = stage.landmarks(self.vertices)
        self.canonical = person_canonical(landmarks, stage.average_landmarks)
        self.pivot = self.model.joints[_NECK]
        self.hair = hair(self.model, traits, detail.hair, detail.hair_points)
        self.beard = beard(self.model, traits, detail.beard)
        self.brows = brows(self.model, traits, detail.brows)
        self.lashes = lashes(self.model, traits, detail.lashes)

    @classmethod
    def of_seed(cls, stage: Stage, seed: int, detail: Detail) -> Person:
        """The person of a seed."""
        return cls(stage, random_traits(seed), detail)

    @cached_property
    def atlas(self) -> UInt8:
        """[S, S, 4] colour and relief, bottom row first."""
        return painted_atlas(self.stage.texels, self.traits)

    def face(self, weights: Float32) -> Float32:
        """[V, 3] metres for expression weights [52]; eyes turned, head not."""
        rest = self.vertices + (weights @ self.stage.deltas).reshape(-1, 3)
        rotations = np.zeros((len(JOINTS), 3))
        rotations[EYES] = self.eye_turns(weights)
        return skinned(rest, self.model.skin_weights, self.model.joints, PARENTS, rotations).astype(
            np.float32
        )

    def eye_turns(self, weights: Float32) -> Float:
        """[2, 3] axis-angle of the (left, right) eye."""
        turns: Float = np.einsum("k,ksc->sc", weights, self.stage.eye_look)
        return turns

    def gaze(self, weights: Float32) -> Float:
        """[2, 2] (yaw, pitch) radians of the (left, right) eye, as in MotionFrame."""
        ahead = np.array([matrix_from_axis_angle(turn)[:, 2] for turn in self.eye_turns(weights)])
        return np.stack([np.arctan2(ahead[:, 0], ahead[:, 2]), np.arcsin(ahead[:, 1])], 1)

    def placed(self, pose: Pose) -> tuple[Float, Float]:
        """[4, 4] image from head frame, for the head and for the bust."""
        head = image_from_head(self.canonical, pose.rotation, self.pivot, pose.scale, pose.shift)
        body = head.copy()
        body[:3, :3] = head[:3, :3] @ pose.rotation.T @ pose.body_rotation
        body[:3, 3] = head[:3, :3] @ self.pivot + head[:3, 3] - body[:3, :3] @ self.pivot
        return head, body

    def carried(self, strands: StrandSet, vertices: Float32) -> Float32:
        """Points [N, K, 3] of strands on a face with vertices [V, 3]."""
        if strands.carriers is None or strands.carrier_weights is None:
            return strands.points
        moved = vertices[strands.carriers] - self.vertices[strands.carriers]
        shift = (moved * strands.carrier_weights[..., None]).sum(1)
        points: Float32 = strands.points + shift[:, None]
        return points
