"""Teaching an imported portrait model what the 52 weights mean to it.

Released models know expressions as pictures. So that sliders, takes and phones drive them too, the
model looks at a face whose weights are known, and a map from weights to its latents is fitted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving import FaceTracker, open_source
from avatar_core.emoportraits.crop import SteadyCrop, cropped, head_crop
from avatar_core.emoportraits.latent_map import fit_latent_map
from avatar_core.emoportraits.latents import fit_latent_basis
from avatar_core.emoportraits.learned import Learned
from avatar_core.emoportraits.model import portrait_model
from avatar_core.emoportraits.runtime import PortraitRuntime, Precision
from avatar_core.errors import FaceNotFoundError
from avatar_core.geometry.framing import framing_camera
from avatar_core.heads.portrait import portrait_points
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.take_file import load_take
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import ARKIT_UNITS, MotionFrame, with_gaze_weights
from avatar_core.project import CropBox
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.io.portrait_model_file import PortraitModelFile
    from avatar_core.project import AvatarAsset

    Step = Callable[[float], None]

_SLIDERS = 12
_LEAST_FRAMES = 60
_MOST_FRAMES = 600
_TAKE_SAMPLES = 240
_STRENGTHS = (0.5, 1.0)
_SIZE_PX = 384
_GREY = (0.5, 0.5, 0.5)
_MARGIN = 1.05


def taught(
    file: PortraitModelFile, film: Path | None = None, step: Step = lambda _fraction: None
) -> PortraitModelFile:
    """A model file with a map from motion and sliders among its `extra`.

    Args:
        file: the model.
        film: of one face that does much; renders of the demo avatar when left out, whose weights
            are known exactly, but which is no photograph.
        step: told how far it is, 0..1; may raise to stop it.

    Raises:
        AssetError: the film cannot be read.
        FaceNotFoundError: it shows a face in too few pictures.
    """
    model = portrait_model(file.info.config, file.arrays)
    runtime = PortraitRuntime(model, file.info.name, file.info.digest, precision=Precision.FULL)
    pictures = _rendered(step) if film is None else _filmed(film, step)
    learned = learned_from(runtime, pictures)
    taught_by = "renders of the demo avatar" if film is None else film.name
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


def _filmed(path: Path, step: Step) -> Iterator[tuple[UInt8, Float32]]:
    """Crops of the face in a film, with the weights the tracker reads."""
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
            yield cropped(captured.image, steady.box, _SIZE_PX), _weights(face.motion)
    finally:
        source.close()


def _rendered(step: Step) -> Iterator[tuple[UInt8, Float32]]:
    """Renders of the demo avatar, with the weights they show."""
    asset = load_demo_avatar()
    avatar = build(asset)
    camera = framing_camera(_head(asset), _SIZE_PX, _SIZE_PX, margin=_MARGIN)
    scene = SceneOptions(show_grid=False, background=_GREY)
    renderer = OffscreenRenderer(_SIZE_PX, _SIZE_PX)
    motions = _motions()
    try:
        for index, motion in enumerate(motions):
            step(index / len(motions))
            frame = avatar.evaluate(motion, camera)
            yield renderer.render(asset, frame, camera, scene), _weights(motion)
    finally:
        renderer.release()


def _motions() -> list[MotionFrame]:
    """The demo performance, and each unit by itself at two strengths."""
    take = load_take(resource_path("demo", "performance.take"))
    places = np.linspace(0, len(take) - 1, _TAKE_SAMPLES).astype(int)
    alone = [
        MotionFrame.from_units(**{unit: strength})
        for unit in ARKIT_UNITS
        for strength in _STRENGTHS
    ]
    return [*(take.frame(int(place)) for place in places), *alone]


def _head(asset: AvatarAsset) -> Float32:
    rest = neutral_frame(asset)
    return portrait_points(asset.head.topology, rest.vertices, rest.hair_means)


def _weights(motion: MotionFrame) -> Float32:
    return motion.weights if motion.gaze is None else with_gaze_weights(motion.weights, motion.gaze)
