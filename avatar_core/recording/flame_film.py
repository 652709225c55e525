"""From a film to FLAME parameters, as accurately as its landmarks allow.

The tracker's units are mixed as for any performance and become parameters by the linear map. Where
landmarks were seen, a fit then brings brows, lids and lips to where they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.head_pose import head_pose
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.retarget.face_targets import FILM_FIT, FaceTargets, face_in_head_axes
from avatar_core.driving.retarget.flame_fit import FlameFit, FlameFitter
from avatar_core.driving.retarget.landmarks_68 import IBUG_68
from avatar_core.errors import AssetError
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.motion import ARKIT_UNITS
from avatar_core.motion.rest import rest_of
from avatar_core.recording.film_take import take_from_film
from avatar_core.recording.performance import Direction, performed_from_film
from avatar_core.recording.progress import Progress, unheard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.driving.face_tracker import FaceTracker, TrackedFace
    from avatar_core.driving.frame_source import CapturedImage
    from avatar_core.geometry import Float32
    from avatar_core.heads import HeadParameters
    from avatar_core.heads.flame import FlameHead
    from avatar_core.motion import Take

_CALM_SHARE, _LEAST_CALM = 0.05, 5


@dataclass(frozen=True, slots=True, eq=False)
class FilmFit:
    """A film as FLAME parameters.

    Args:
        sequence: one moment a picture.
        take: the same performance as the map would show it, with the film's sound.
        fitted: how many of them saw a face; the others have what the mixer made of its loss.
        error_m: mean distance of fitted landmarks from their targets, metres.
    """

    sequence: FlameSequence
    take: Take
    fitted: int
    error_m: float


def flame_from_film(
    uri: str,
    head: FlameHead,
    direction: Direction | None = None,
    tracker: FaceTracker | None = None,
    progress: Progress = unheard,
) -> FilmFit:
    """Fit a FLAME head to the face in every picture of a film.

    The face at rest is that of the calmest pictures. Gains and offsets of the mixer count for the
    guess from which a fit starts, not for what the landmarks show.

    Args:
        uri: path of a film or a still, or `file:PATH`.
        head: one that knows ARKit's units and has iBUG's landmarks, see `io.flame_takes`.
        direction: mixing; the defaults when left out.
        tracker: follows the face; made when left out.
        progress: hears the pictures tracked.

    Raises:
        AssetError: the head lacks units or landmarks, or the film cannot be read.
        FaceNotFoundError: no picture shows a face.
        Cancelled: by `progress`.
    """
    if head.arkit_to_expression is None or len(head.landmark_face_ids) != len(IBUG_68):
        raise AssetError(
            "This FLAME head has no face landmarks to fit.",
            "Put landmark_embedding_with_eyes.npy beside the FLAME model, or use the linear map.",
        )
    reference = load_landmarker_bundle(None).reference
    faces: list[Float32 | None] = []

    def seen(picture: CapturedImage, face: TrackedFace | None) -> None:
        if face is None:
            faces.append(None)
            return
        height, width = picture.image.shape[:2]
        pose = head_pose(face.landmarks, reference, width, height)
        faces.append(face_in_head_axes(face.landmarks, pose, width, height))

    take = take_from_film(uri, tracker, progress, seen)
    # A still is held for a while: one face for all its frames.
    shapes = faces if len(faces) == len(take) else faces[:1] * len(take)
    performed = performed_from_film(take, direction or Direction())
    return _fitted(head, performed, shapes, _face_at_rest(take, shapes))


def _face_at_rest(take: Take, faces: Sequence[Float32 | None]) -> Float32:
    """[478, 3] the middle of the faces in the calmest pictures."""
    unrest = np.abs(take.weights - rest_of(take).weights).sum(1)
    known = [index for index, face in enumerate(faces) if face is not None]
    calm = sorted(known, key=lambda index: float(unrest[index]))
    kept = calm[: max(_LEAST_CALM, round(_CALM_SHARE * len(calm)))]
    return np.median([faces[index] for index in kept], axis=0).astype(np.float32)


def _fitted(head: FlameHead, take: Take, faces: Sequence[Float32 | None], rest: Float32) -> FilmFit:
    fitter, targets = FlameFitter(head, FILM_FIT), FaceTargets(head, rest)
    poses: list[HeadParameters] = []
    fits: list[FlameFit] = []
    last: FlameFit | None = None
    for frame, face in zip(take.frames(), faces, strict=True):
        guess = head.parameters_from_arkit(
            ARKIT_UNITS, frame.weights, frame.head_rotation, frame.head_translation, frame.gaze
        )
        if face is None:
            poses.append(guess)
            last = None
            continue
        last = fitter.fit(targets.targets(face, guess), guess=guess, last=last, time_s=frame.time_s)
        fits.append(last)
        poses.append(last.parameters)
    error_m = float(np.mean([fit.error_m for fit in fits]))
    sequence = FlameSequence.of_poses(poses, head.shape, take.times_s)
    return FilmFit(sequence, take, len(fits), error_m)
