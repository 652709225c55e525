"""What of a picture is the person: a network's coarse answer, drawn to the picture's own edges."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from avatar_core.driving.guided_filter import guided_by
from avatar_core.driving.tflite_model import TfliteModel
from avatar_core.errors import AssetError, ShapeError, WeightsError
from avatar_core.geometry import Float32, UInt8, expect_shapes
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import CropBox

SELFIE_SEGMENTATION_SHA256 = "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c"
_HINT = "Reinstall avatar-studio."
_SIDE_PX = 256
_CLOSER = 1.5
"""Side of the closer look, in sides of the head's crop: the network wants to see shoulders."""

_FEATHER = 0.08
"""Width of the seam around the closer look, in its sides."""

_RADIUS = 1 / 64
"""Reach of the edge filter in the network's own look: four of its pixels."""

_SMOOTHNESS = 1e-4
"""What counts as an edge: variances of colours 0..1 well above this."""


class Matting(Protocol):
    """What tells a person from the background; a user's own network (MODNet) would be one more."""

    def of(self, image: UInt8, head: CropBox | None = None) -> Float32:
        """How much of each pixel is a person; see `PersonMatte.of`."""


class PersonMatte:
    """Tells people from their background. One thread at a time.

    Args:
        model_path: `selfie_segmentation.tflite`; the shipped one when left out.
        threads: CPU threads for the network.

    Raises:
        WeightsError: the model file is missing, damaged or another one.

    Source:
        Google MediaPipe, Selfie Segmentation (general), Apache-2.0; edges by the guided filter,
        see `guided_filter`.
    """

    def __init__(self, model_path: Path | None = None, threads: int | None = None) -> None:
        threads = threads or min(2, os.cpu_count() or 1)
        self._model = TfliteModel(_content(model_path), threads, "person matte")

    def of(self, image: UInt8, head: CropBox | None = None) -> Float32:
        """How much of each pixel is a person.

        Args:
            image: [H, W, 3] uint8 RGB.
            head: where to look more closely, if anywhere: the crop of a head.

        Returns:
            [H, W] 0..1.

        Raises:
            ShapeError: the image is not [H, W, 3] uint8, or empty.
        """
        expect_shapes(image=(image, "H W 3"))
        if image.dtype != np.uint8 or 0 in image.shape:
            raise ShapeError(f"image: expected some uint8 pixels, got {image.dtype} {image.shape}")
        matte = self._look(image)
        if head is None:
            return matte
        left, top, right, bottom = _surroundings(head, image.shape[1], image.shape[0])
        closer = self._look(image[top:bottom, left:right])
        weight = _seam(bottom - top, right - left, (left > 0, top > 0),
                       (right < image.shape[1], bottom < image.shape[0]))  # fmt: skip
        part = matte[top:bottom, left:right]
        part += weight * (closer - part)
        return matte

    def _look(self, image: UInt8) -> Float32:
        """The matte of a picture through one look of the network."""
        small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
        np.multiply(small, np.float32(1 / 255), out=self._model.input()[0])
        coarse = self._model.run()[0].reshape(_SIDE_PX, _SIDE_PX)
        return guided_by(image, np.clip(coarse, 0, 1), _RADIUS, _SMOOTHNESS)


def _content(model_path: Path | None) -> bytes:
    try:
        path = model_path or resource_path("models", "selfie_segmentation.tflite")
        content = path.read_bytes()
    except (OSError, AssetError) as error:
        raise WeightsError("The model file of the person matte cannot be read.", _HINT) from error
    if hashlib.sha256(content).hexdigest() != SELFIE_SEGMENTATION_SHA256:
        raise WeightsError(
            f"The model file of the person matte is damaged or of another version: {path.name}.",
            _HINT,
        )
    return content


def _surroundings(head: CropBox, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the closer look, within the picture."""
    margin = 0.5 * (_CLOSER - 1) * head.side
    left, top = max(0, round(head.x - margin)), max(0, round(head.y - margin))
    right = min(width_px, max(left + 1, round(head.x + head.side + margin)))
    bottom = min(height_px, max(top + 1, round(head.y + head.side + margin)))
    return min(left, right - 1), min(top, bottom - 1), right, bottom


def _seam(
    height_px: int, width_px: int, starts: tuple[bool, bool], ends: tuple[bool, bool]
) -> Float32:
    """Weights [H, W] that fall to 0 at those edges of a look that lie within the picture.

    Args:
        height_px: of the look.
        width_px: of the look.
        starts: whether its left and its upper edge do.
        ends: whether its right and its lower edge do.
    """
    across = _ramp(width_px, starts[0], ends[0])
    down = _ramp(height_px, starts[1], ends[1])
    return np.outer(down, across).astype(np.float32)


def _ramp(length: int, falls_at_start: bool, falls_at_end: bool) -> Float32:
    place = (np.arange(length, dtype=np.float32) + 0.5) / length
    start = np.clip(place / _FEATHER, 0, 1) if falls_at_start else 1.0
    end = np.clip((1 - place) / _FEATHER, 0, 1) if falls_at_end else 1.0
    return np.minimum(start, end) * np.ones(length, np.float32)
