"""How landmarks move with each ARKit unit, on a face of unit size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zipfile import BadZipFile

import numpy as np

from avatar_core.errors import WeightsError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.resources import resource_path


@dataclass(frozen=True, slots=True, eq=False)
class FaceMotion:
    """The motion of an average face, in head axes (x to the person's left, y up, z out of it).

    Lengths are in face sizes: the root mean square distance of the still landmarks from their
    middle, which is the origin, is 1 (some 54 mm on an adult).

    Args:
        neutral: [478, 3] landmarks of the face at rest.
        units: [52, 478, 3] what each unit at weight 1 adds.
        pivot: [3] the joint on which the head turns.
        still: [S] landmarks that expressions hardly move.
        triangles: [F, 3] between the first 468 landmarks, eyes and mouth filled.
    """

    neutral: Float32
    units: Float32
    pivot: Float32
    still: Int32
    triangles: Int32

    def __post_init__(self) -> None:
        expect_shapes(
            neutral=(self.neutral, "478 3"),
            units=(self.units, "52 478 3"),
            pivot=(self.pivot, "3"),
            still=(self.still, "S"),
            triangles=(self.triangles, "F 3"),
        )


@cache
def load_face_motion() -> FaceMotion:
    """The shipped one, made by `resources/models/make_face_motion.py`.

    Raises:
        WeightsError: the file is damaged.
        AssetError: it is missing.
    """
    path = resource_path("models", "face_motion.npz")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            reader = NamedArrays(dict(arrays))
        return FaceMotion(
            neutral=reader.floats("neutral"),
            units=reader.floats("units"),
            pivot=reader.floats("pivot"),
            still=reader.ints("still", below=468),
            triangles=reader.ints("triangles", below=468),
        )
    except (OSError, ValueError, BadZipFile) as error:
        raise WeightsError(
            f"The motion of landmarks cannot be read: {path.name}.", "Reinstall avatar-studio."
        ) from error
