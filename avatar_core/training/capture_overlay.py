"""A frame of a capture as people look at it: the picture, with what belongs to it drawn over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.io.picture_files import read_picture_file
from avatar_core.training.capture_silhouette import silhouette

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.heads import ParametricHead
    from avatar_core.training.capture_frames import CaptureFrame, Labels

_OUTSIDE = np.array([196, 44, 44], np.float32)
_HAIR = np.array([236, 168, 56], np.float32)
_HEAD = np.array([64, 148, 222], np.float32)
_OTHER = np.array([112, 188, 120], np.float32)
_OUTLINE = (80, 214, 255)
_OUTSIDE_SHARE, _LABEL_SHARE = 0.62, 0.5
_OUTLINE_SHARE = 1 / 320


@dataclass(frozen=True, slots=True)
class Overlays:
    """What is drawn over a picture.

    Args:
        matte: all outside of the matte in red.
        labels: hair amber, head blue, other parts green.
        head: outline of the posed head.
    """

    matte: bool = False
    labels: bool = False
    head: bool = False


def framed_picture(
    frame: CaptureFrame, labels: Labels, overlays: Overlays, head: ParametricHead | None
) -> UInt8:
    """The picture [H, W, 3] of a frame, sRGB, with overlays; parts it does not have are left out.

    Args:
        frame: of a capture.
        labels: what its parsing picture means.
        overlays: what to draw over it.
        head: of the person; None leaves its outline out.

    Raises:
        AssetError: the picture, or one that an overlay needs, cannot be read.
    """
    image = np.ascontiguousarray(read_picture_file(frame.image_path, cv2.IMREAD_COLOR)[:, :, ::-1])
    size = (image.shape[1], image.shape[0])
    drawn = image.astype(np.float32)
    if overlays.labels and frame.parsing_path is not None:
        parsing = _fitted(read_picture_file(frame.parsing_path, cv2.IMREAD_GRAYSCALE), size)
        drawn = _with_labels(drawn, parsing, labels)
    if overlays.matte and frame.mask_path is not None:
        matte = _fitted(read_picture_file(frame.mask_path, cv2.IMREAD_GRAYSCALE), size)
        outside = _OUTSIDE_SHARE * (1.0 - matte[..., None].astype(np.float32) / 255.0)
        drawn = drawn * (1 - outside) + _OUTSIDE * outside
    picture: UInt8 = np.round(drawn).astype(np.uint8)
    if overlays.head and head is not None:
        camera = frame.camera.resized(*size)
        covered = silhouette(head.pose(frame.parameters), head.topology.faces, camera)
        outlines, _ = cv2.findContours(covered, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        width = max(1, round(max(size) * _OUTLINE_SHARE))
        cv2.drawContours(picture, outlines, -1, _OUTLINE, width, cv2.LINE_AA)
    return picture


def _with_labels(image: Float32, parsing: UInt8, labels: Labels) -> Float32:
    colours = np.zeros((256, 3), np.float32)
    colours[1:] = _OTHER
    colours[list(labels.head)] = _HEAD
    colours[list(labels.hair)] = _HAIR
    share = np.where(np.arange(256) > 0, _LABEL_SHARE, 0).astype(np.float32)[parsing][..., None]
    mixed: Float32 = image * (1 - share) + colours[parsing] * share
    return mixed


def _fitted(picture: UInt8, size: tuple[int, int]) -> UInt8:
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8)
