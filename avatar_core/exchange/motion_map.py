"""Teaching an imported portrait model what the 52 weights mean to it.

Released models know expressions as pictures. So that sliders, takes and phones drive them too, the
model looks at a face whose weights are known, and a map from weights to its latents is fitted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.sources import open_source
from avatar_core.emoportraits.crop import SteadyCrop, cropped, head_crop
from avatar_core.emoportraits.latent_map import fit_latent_map
from avatar_core.emoportraits.latents import fit_latent_basis
from avatar_core.emoportraits.learned import Learned
from avatar_core.emoportraits.model import portrait_model
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision
from avatar_core.errors import FaceNotFoundError
from avatar_core.motion import weights_with_gaze
from avatar_core.project import CropBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.io.portrait_model_file import PortraitModelFile

    Step = Callable[[float], None]

_SLIDERS = 12
_LEAST_FRAMES = 60
_MOST_FRAMES = 600
_SIZE_PX = 384


def taught(
    file: PortraitModelFile, pictures: Iterator[tuple[UInt8, Float32]], taught_by: str
) -> PortraitModelFile:
    """A model file with a map from motion and sliders among its `extra`.

    Args:
        file: the model.
        pictures: of one face that does much, see `learned_from`: `filmed_faces`, or
            `demo_faces.rendered_faces`, whose weights are exact but which is no photograph.
        taught_by: where they come from, for the file's provenance.

    Raises:
        FaceNotFoundError: too few pictures.
    """
    model = portrait_model(file.info.config, file.arrays)
    runtime = PortraitRuntime(model, file.info.name, file.info.digest, precision=Precision.FULL)
    learned = learned_from(runtime, pictures)
    return replace(
        file,
        info=replace(
            file.info,
            provenance={
                **file.info.provenance,
                "motion_map": {
                    "taught_by": taught_by,
                    "explained": round(float(learned.latent_map.explained[0]), 4),
                },
            },
        ),
        arrays={
            **file.arrays,
            **{f"extra.{name}": array for name, array in learned.arrays().items()},
        },
    )


def learned_from(runtime: PortraitRuntime, pictures: Iterator[tuple[UInt8, Float32]]) -> Learned:
    """What a model makes of faces whose weights are known.

    Args:
        runtime: the model.
        pictures: crops [S, S, 3] of any size with their weights [52], gaze among them.

    Raises:
        FaceNotFoundError: fewer than 60 of them.
    """
    size = runtime.model.config.image_size
    weights, latents = [], []
    for image, told in pictures:
        whole = CropBox(0.0, 0.0, float(image.shape[0]))
        _, latent = runtime.read(cropped(image, whole, size))
        weights.append(told)
        latents.append(runtime.array(latent))
    if len(weights) < _LEAST_FRAMES:
        raise FaceNotFoundError(
            "The film shows a face in too few pictures.",
            "Choose one of ten seconds or more in which one face moves much.",
        )
    seen = np.stack(latents)
    return Learned(fit_latent_map(np.stack(weights), seen), fit_latent_basis(seen, _SLIDERS))


def filmed_faces(path: Path, step: Step) -> Iterator[tuple[UInt8, Float32]]:
    """Crops of the face in a film, with the weights [52] that the tracker reads.

    Args:
        path: the film.
        step: told how far it is, 0..1; may raise to stop it.

    Raises:
        AssetError: the film cannot be read.
    """
    source = open_source(str(path), paced=False, loop=False)
    tracker, steady = FaceTracker(), SteadyCrop()
    try:
        for index in range(_MOST_FRAMES):
            captured = source.read(1.0)
            if captured is None:
                break
            step(index / _MOST_FRAMES)
            face = tracker.track(captured.image, captured.captured_s)
            if face is None:
                continue
            height, width = captured.image.shape[:2]
            points = face.landmarks[:, :2]
            edges = np.concatenate([points.min(0), points.max(0)]).astype(np.float32)
            steady = steady.followed(head_crop(edges, width, height))
            assert steady.box is not None
            yield cropped(captured.image, steady.box, _SIZE_PX), weights_with_gaze(face.motion)
    finally:
        source.close()
