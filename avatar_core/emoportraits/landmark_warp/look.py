"""What a photograph does not show and a warp uncovers: eyes behind lids, teeth behind lips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.features import (
    IRISES,
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.frame import WarpSource

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64

_FILLED = (*LIDS_UPPER[0], *LIDS_LOWER[0], *LIDS_UPPER[1], *LIDS_LOWER[1], *LIPS_UPPER, *LIPS_LOWER)
_MARGIN = 0.35  # of the filled landmarks' extent
_LIMBUS = 1.15
_WHITE_REACH = 5.0  # radii of the iris
_ENOUGH = 0.02  # share of white nearby that is taken as it is; with less, the eye's mean helps out
_PALEST = np.array([225.0, 217.0, 212.0])
_CLOSED_LIPS, _SHOWN_TEETH = 0.05, 0.16
_TALKING, _WIDE_OPEN = 0.3, 0.55
# Openings of the mouth, in its widths.


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """A part of the picture, with the place of its top left pixel."""

    left: int
    top: int
    colours: UInt8

    def mask(self, outline: Float64, grow_px: int = 0) -> UInt8:
        import cv2

        mask = np.zeros(self.colours.shape[:2], np.uint8)
        sixteenths = np.round(16 * (outline[:, :2] - [self.left, self.top] - 0.5))
        cv2.fillPoly(mask, [sixteenths.astype(np.int32)], [255], cv2.LINE_AA, 4)
        if grow_px:
            # The line too: edges that touch or cross enclose nothing.
            cv2.polylines(mask, [sixteenths.astype(np.int32)], True, [255], 1, cv2.LINE_AA, 4)
            mask = cv2.dilate(mask, np.ones((2 * grow_px + 1,) * 2, np.uint8)).astype(np.uint8)
        return mask


def warp_source(picture: UInt8, landmarks: Float64, mouth_down: Float64) -> WarpSource:
    """Everything about a photograph that drawing its warps needs.

    Args:
        picture: [H, W, 3] uint8.
        landmarks: [478, 3] pixels.
        mouth_down: [2] half of the mouth's width, downwards, pixels.
    """
    patch = _patch(picture, landmarks)
    grow = max(1, round(0.004 * float(np.ptp(landmarks[:, 0]))))
    filling = np.dstack([patch.colours, np.zeros_like(patch.colours[..., 0])])
    irises = np.zeros((2, 3), np.float32)
    for eye in range(2):
        outline = np.concatenate([landmarks[LIDS_UPPER[eye]], landmarks[LIDS_LOWER[eye][-2:0:-1]]])
        irises[eye] = iris = _iris(landmarks[IRISES[eye]])
        _fill_white(filling, patch, outline, iris)
        filling[..., 3] = np.maximum(filling[..., 3], patch.mask(outline, grow))
    lips = np.concatenate([landmarks[LIPS_UPPER], landmarks[LIPS_LOWER[-2:0:-1]]])
    filling[..., 3] = np.maximum(filling[..., 3], patch.mask(lips, grow))
    gap = _mouth_gap(landmarks)
    height, width = patch.colours.shape[:2]
    return WarpSource(
        picture=picture,
        filling=filling,
        filling_box=np.array([patch.left, patch.top, width, height], np.float32),
        irises=irises,
        tooth=_tooth(patch, landmarks),
        tooth_amount=1 - _ramp(gap, _CLOSED_LIPS, _SHOWN_TEETH),
        jaw_share=0.5 * _ramp(gap, _TALKING, _WIDE_OPEN),
        mouth_down=mouth_down.astype(np.float32),
    )


def _patch(picture: UInt8, landmarks: Float64) -> _Patch:
    height, width = picture.shape[:2]
    points = landmarks[list(_FILLED), :2]
    low, high = points.min(0), points.max(0)
    margin = _MARGIN * (high - low) + 4
    left, top = np.clip(np.floor(low - margin), 0, [width - 2, height - 2]).astype(int)
    right, bottom = np.clip(np.ceil(high + margin), [left + 2, top + 2], [width, height]).astype(
        int
    )
    return _Patch(left, top, np.ascontiguousarray(picture[top:bottom, left:right]))


def _iris(points: Float64) -> Float64:
    """[3] middle and radius, pixels."""
    radius = np.linalg.norm(points[1:, :2] - points[0, :2], axis=1).mean()
    return np.array([*points[0, :2], radius])


def _fill_white(filling: UInt8, patch: _Patch, outline: Float64, iris: Float64) -> None:
    """Write the white of an eye, spread from what shows of it to all around."""
    import cv2

    reach = int(np.ceil(_WHITE_REACH * iris[2]))
    left, top = np.maximum((iris[:2] - reach).astype(int) - [patch.left, patch.top], 0)
    box = np.s_[top : top + 2 * reach, left : left + 2 * reach]
    colours = patch.colours[box].astype(np.float32)
    if colours.size == 0:
        return
    x = np.arange(colours.shape[1]) + left + patch.left + 0.5 - iris[0]
    y = np.arange(colours.shape[0]) + top + patch.top + 0.5 - iris[1]
    seen = patch.mask(outline)[box] / np.float32(255)
    # The margins of the lids are skin: what is bright and has little colour counts.
    brightest, darkest = colours.max(2) / 255, colours.min(2) / 255
    pale = brightest**4 * (darkest / np.maximum(brightest, 1 / 255)) ** 6
    outside = np.hypot(x[None], y[:, None]) > _LIMBUS * iris[2]
    white = np.where(outside, seen**4 * pale, 0).astype(np.float32)[..., None]
    spread_px = 0.7 * float(iris[2])
    nearby = cv2.GaussianBlur(white, (0, 0), spread_px)[..., None]
    known = np.clip(nearby / _ENOUGH, 0, 1)
    mean = ((white * colours).sum((0, 1)) + _PALEST) / (white.sum() + 1)
    local = cv2.GaussianBlur(white * colours, (0, 0), spread_px) / np.maximum(nearby, 1e-6)
    filling[box][..., :3] = np.clip(known * local + (1 - known) * mean + 0.5, 0, 255)


def _mouth_gap(landmarks: Float64) -> float:
    """Opening of the mouth in its widths."""
    middle = len(LIPS_UPPER) // 2
    gap = np.linalg.norm(landmarks[LIPS_UPPER[middle], :2] - landmarks[LIPS_LOWER[middle], :2])
    width = np.linalg.norm(landmarks[LIPS_UPPER[0], :2] - landmarks[LIPS_UPPER[-1], :2])
    return float(gap / max(float(width), 1e-6))


def _tooth(patch: _Patch, landmarks: Float64) -> Float32:
    """[3] 0..1, teeth in the light of the skin above the mouth."""
    skin = patch.mask(landmarks[[2, 164, 0, 37, 267]]) > 0
    light = patch.colours[skin].mean() / 255 if skin.any() else 0.6
    bright = float(np.clip(0.35 + 0.65 * light, 0.3, 0.9))
    return (bright * np.array([1.0, 0.96, 0.88])).astype(np.float32)


def _ramp(value: float, start: float, end: float) -> float:
    return float(np.clip((value - start) / (end - start), 0, 1))
