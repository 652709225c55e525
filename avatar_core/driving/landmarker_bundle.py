"""The shipped `face_landmarker.task`: three networks and the reference face they were made with."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.driving.reference_face import ReferenceFace, read_reference_face
from avatar_core.errors import AssetError, WeightsError
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

FACE_LANDMARKER_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_HINT = "Reinstall avatar-studio."


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkerBundle:
    """What the file holds.

    Args:
        detector: network [1, 128, 128, 3] to 896 boxes with six keypoints.
        landmarks: network [1, 256, 256, 3] to 478 landmarks and presence.
        blendshapes: network [1, 146, 2] to 52 weights.
        reference: the neutral face that head pose is measured against.
    """

    detector: bytes
    landmarks: bytes
    blendshapes: bytes
    reference: ReferenceFace


def load_landmarker_bundle(path: Path | None = None) -> LandmarkerBundle:
    """Read the file and check that it is the one this studio was built for.

    Args:
        path: the `.task` file; the shipped one when left out.

    Raises:
        WeightsError: the file is missing, unreadable, or not the expected one.

    Source:
        Google MediaPipe, Face Landmarker float16/1, Apache-2.0; see
        `resources/licences/face_landmarker.txt`.
    """
    try:
        path = path or resource_path("models", "face_landmarker.task")
        content = path.read_bytes()
    except (OSError, AssetError) as error:
        raise WeightsError("The face tracker's model file cannot be read.", _HINT) from error
    if hashlib.sha256(content).hexdigest() != FACE_LANDMARKER_SHA256:
        raise WeightsError(
            f"The face tracker's model file is damaged or of another version: {path.name}.", _HINT
        )
    # Its hash vouches for the members, so none of them is checked again.
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return LandmarkerBundle(
            detector=bundle.read("face_detector.tflite"),
            landmarks=bundle.read("face_landmarks_detector.tflite"),
            blendshapes=bundle.read("face_blendshapes.tflite"),
            reference=read_reference_face(
                bundle.read("geometry_pipeline_metadata_landmarks.binarypb")
            ),
        )
