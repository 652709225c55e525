"""Finding faces in a whole picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from avatar_core.driving.tflite_model import TfliteModel

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64

_SIDE_PX = 128
_STRIDES_PX = (8, 16, 16, 16)
_ANCHORS_PER_STRIDE = 2
_MIN_SCORE = 0.5
_MIN_PART_SCORE = 0.6  # many parts, many chances to take something else for a face
_PART_SIZE = 0.55  # of the image's shorter side
_PART_STEP = 0.6  # of a part, so that smaller faces lie whole in at least one
_MAX_PARTS_PER_SIDE = 8
_SAME_FACE_OVERLAP = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """One face.

    Args:
        box: [4] left, top, right, bottom, pixels.
        keypoints: [6, 2] right eye, left eye, nose tip, mouth, right and left ear, pixels; right
            and left are the person's own.
        score: 0..1.
    """

    box: Float32
    keypoints: Float32
    score: float


class FaceDetector:
    """BlazeFace, short range: faces down to about a tenth of the picture.

    Args:
        content: `face_detector.tflite`.
        threads: CPU threads.

    Source:
        Bazarevsky et al. 2019, BlazeFace, arXiv:1907.05047; anchors and box coding as configured
        in MediaPipe's face detector graph.
    """

    def __init__(self, content: bytes, threads: int) -> None:
        self._model = TfliteModel(content, threads, "face detector")
        self._anchors = _anchor_centres()

    def detect(self, image: UInt8) -> list[DetectedFace]:
        """Faces in an image [H, W, 3], largest first; those under a tenth of it are missed."""
        height, width = image.shape[:2]
        small = _resized(image, _SIDE_PX / max(width, height))
        stretch = np.array([width / small.shape[1], height / small.shape[0]])
        return _merged(self._faces(small, np.zeros(2), stretch, _MIN_SCORE))

    def detect_small(self, image: UInt8) -> list[DetectedFace]:
        """Smaller faces, found by looking at overlapping parts of the image; largest first.

        Takes about ten times as long as `detect`.
        """
        height, width = image.shape[:2]
        part_px = _PART_SIZE * min(width, height)
        if part_px < _SIDE_PX:
            return []
        small = _resized(image, _SIDE_PX / part_px)
        stretch = np.array([width / small.shape[1], height / small.shape[0]])
        found: list[DetectedFace] = []
        for y in _part_starts(small.shape[0]):
            for x in _part_starts(small.shape[1]):
                part = small[y : y + _SIDE_PX, x : x + _SIDE_PX]
                found += self._faces(part, np.array([x, y]), stretch, _MIN_PART_SCORE)
        return _merged(found)

    def _faces(
        self, picture: UInt8, corner: Float64, stretch: Float64, min_score: float
    ) -> list[DetectedFace]:
        """Faces in a picture of at most 128 pixels a side, in image pixels.

        Args:
            picture: [h, w, 3].
            corner: [2] where it lies in the reduced image.
            stretch: [2] image pixels per pixel of the reduced image.
            min_score: what to take for a face.
        """
        height, width = picture.shape[:2]
        x, y = (_SIDE_PX - width) // 2, (_SIDE_PX - height) // 2
        view = self._model.input()[0]
        view[:] = -1.0  # black
        inside = view[y : y + height, x : x + width]
        np.multiply(picture, np.float32(2 / 255), out=inside)
        inside -= 1.0
        del view, inside
        boxes, logits = self._model.run()
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
        likely = scores >= min_score
        points = _decoded(boxes[0, likely], self._anchors[likely]) - [x, y]
        points = ((points + corner) * stretch).astype(np.float32)
        return [
            DetectedFace(pairs[:2].reshape(4), pairs[2:], float(score))
            for pairs, score in zip(points, scores[likely], strict=True)
        ]


def joined_faces(first: list[DetectedFace], second: list[DetectedFace]) -> list[DetectedFace]:
    """The faces of two searches of one picture, largest first; of the same face, the first's."""

    def is_new(face: DetectedFace) -> bool:
        return all(_overlap(face.box, known.box) <= _SAME_FACE_OVERLAP for known in first)

    return _largest_first([*first, *filter(is_new, second)])


def _largest_first(faces: list[DetectedFace]) -> list[DetectedFace]:
    return sorted(faces, key=lambda face: -float(face.box[2] - face.box[0]))


def _resized(image: UInt8, scale: float) -> UInt8:
    size = [max(1, round(scale * side)) for side in (image.shape[1], image.shape[0])]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cast("UInt8", cv2.resize(image, size, interpolation=method))


def _anchor_centres() -> Float32:
    """[896, 2] centres, in network pixels. Layers of equal stride share their cells in order."""
    centres: list[Float32] = []
    for stride in sorted(set(_STRIDES_PX)):
        per_cell = _ANCHORS_PER_STRIDE * _STRIDES_PX.count(stride)
        axis = (np.arange(_SIDE_PX // stride, dtype=np.float32) + 0.5) * stride
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(centres)


def _decoded(raw: Float32, anchors: Float32) -> Float32:
    """[N, 8, 2] top left, bottom right and six keypoints, network pixels, from raw [N, 16]."""
    pairs = raw.reshape(-1, 8, 2).copy()
    centres, sizes = pairs[:, 0] + anchors, pairs[:, 1]
    pairs[:, 2:] += anchors[:, None]
    pairs[:, 0], pairs[:, 1] = centres - 0.5 * sizes, centres + 0.5 * sizes
    return pairs


def _part_starts(length: int) -> list[int]:
    """Where the parts along one side of the reduced image begin."""
    spare = max(0, length - _SIDE_PX)
    count = min(_MAX_PARTS_PER_SIDE, 1 + math.ceil(spare / (_PART_STEP * _SIDE_PX)))
    return [round(start) for start in np.linspace(0, spare, count)]


def _merged(faces: list[DetectedFace]) -> list[DetectedFace]:
    """One face, the mean weighted by score, for each group of overlapping ones; largest first."""
    merged: list[DetectedFace] = []
    rest = sorted(faces, key=lambda face: -face.score)
    while rest:
        best = rest[0]
        same = [f for f in rest if _overlap(best.box, f.box) > _SAME_FACE_OVERLAP] or [best]
        rest = [f for f in rest if all(f is not other for other in same)]
        weights = np.array([f.score for f in same], np.float32) / sum(f.score for f in same)
        merged.append(
            DetectedFace(
                box=np.einsum("n,nk->k", weights, np.stack([f.box for f in same])),
                keypoints=np.einsum("n,nkc->kc", weights, np.stack([f.keypoints for f in same])),
                score=best.score,
            )
        )
    return _largest_first(merged)


def _overlap(first: Float32, second: Float32) -> float:
    """Intersection over union of two boxes."""
    low = np.maximum(first[:2], second[:2])
    high = np.minimum(first[2:], second[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    areas = float(np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]))
    return shared / max(areas - shared, 1e-9)
