"""The face's texture, from many views: the atlas that looks most like all the pictures.

Every pixel is the mean of the texels it covers. The texture is found by a simultaneous iterative
reconstruction: each round compares the predicted pixels with the pictures and hands the difference
back to the texels. It starts from the painted texture under the light of the capture, so what no
picture shows keeps a plausible look, and many slightly different views sharpen brows and lashes
beyond any single one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .capture import HAIR, LASHES
from .pixels import hand_back, predict
from .raster import rasterized_atlas, rasterized_view
from .surface import edge_laplacian, face_facing, spread_over_mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.heads import BlendshapeHead

    from .capture import View

_FINER = 3
_GRAZING_COSINE = 0.2
_FACING_POWER = 4.0
_STILL_M = 0.004
"""How far a triangle may have moved before its picture counts much less for the neutral look."""
_MOVED_TRUST = 0.03
EYE_REACH_M = 0.019
"""Lids and lashes lie nearer to an eye's centre than this, brows farther."""
_MOUTH = ("teeth_upper", "teeth_lower", "gums", "tongue", "mouth_inside")
_EYES = ("eye_left", "eye_right")
_SOFT_MOUTH = ("gums", "tongue", "mouth_inside")
"""Seen so rarely and so darkly that the smooth light alone looks better."""
_LID_TRAVEL_M = 0.0025
"""Skin that a blink moves farther than this is lid: folded away unless the eye is shut."""
_FOLDED_TRUST = 0.1
_SMOOTHING_TEXELS = (2.0, 1.4, 1.0, 0.8)
"""Each round's corrections are spread a little, less with every round."""
_DENSE_ISLANDS = 4.0
"""Eyes, lids and mouth have this many times more texels to a pixel: they need wider spreading."""
_DOUBT = 0.25
"""Trust below which a texel rather keeps its first guess."""
_EDGE_STEP_M = 0.004
_UNDER_HAIR = 0.55
"""Light that reaches skin which no view shows through the hair."""
_ON_SCALP = 0.85
"""And a parting, which is too narrow to be seen well."""


@dataclass(frozen=True, eq=False)
class Sampling:
    """A view's pixels on the mesh: `faces` [S n, S n], `corners` barycentrics, `trust` [S, S]."""

    faces: Int32
    corners: Float32
    trust: Float32
    image: Float32


class Baker:
    """Takes pictures back to the atlas of one head.

    Args:
        head: the head seen in all views.
    """

    def __init__(self, head: BlendshapeHead) -> None:
        self._head = head
        topology = head.topology
        self._faces = topology.faces
        self._atlas = topology.uv[topology.uv_faces].astype(np.float64)
        self._laplacian = edge_laplacian(topology.faces, len(head.vertices))
        self._part = np.array(topology.part_names)[topology.face_part]
        self._piece = self._pieces()
        eyes = np.isin(self._part, _EYES)
        self._lid = self._lids()
        self._no_lashes = eyes | self._around_eyes()

    def sampling(self, view: View) -> Sampling:
        """Which texels a view's pixels cover, and how much each pixel is to be believed."""
        faces, corners, depths = rasterized_view(view.vertices, self._faces, view.camera, _FINER)
        size = view.camera.height_px
        blocks = (size, _FINER, size, _FINER)
        pieces = np.where(faces >= 0, self._piece[faces], 255).reshape(blocks)
        centre = faces.reshape(blocks)[:, _FINER // 2, :, _FINER // 2]
        # A pixel that two surfaces share says little about either.
        pure = (pieces.min(axis=(1, 3)) == pieces.max(axis=(1, 3))) & (centre >= 0)
        near, far = (extreme(depths.reshape(blocks), axis=(1, 3)) for extreme in (np.min, np.max))
        pure &= np.isfinite(far)
        pure[pure] = (far[pure] - near[pure]) < _EDGE_STEP_M
        trust = np.where(pure, self._face_trust(view)[centre], 0)
        # Lashes stand before the eye and the lid, not on them.
        trust[(view.parsing == LASHES) & self._no_lashes[centre]] = 0
        near_hair = cv2.dilate((view.parsing == HAIR).astype(np.uint8), np.ones((7, 7), np.uint8))
        trust[near_hair > 0] = 0
        return Sampling(faces, corners, trust.astype(np.float32), view.image)

    def relit(self, albedo: Float32, views: list[View]) -> Float32:
        """The painted texture under the capture's light: smooth gains over the mesh.

        Args:
            albedo: [S, S, 3] display values.
            views: pictures to take the light from.
        """
        gains, trust = self.observed_gains(albedo, views, skip_label=LASHES)
        prior = (0.8 - 0.35 * self._part_mask(_MOUTH)) * np.ones((1, 3), np.float32)
        gains = spread_over_mesh(self._laplacian, gains, np.minimum(trust, 1), prior, 0.05)
        return albedo * self.over_atlas(gains, len(albedo))

    def in_the_shade_of_hair(self, texture: Float32, views: list[View]) -> Float32:
        """The texture with the shadows that the hair throws; darker still where hair hides it.

        Args:
            texture: [S, S, 3] seen without hair.
            views: pictures with hair.
        """
        gains, trust = self.observed_gains(texture, views, skip_label=LASHES)
        trust = np.minimum(trust, 1)
        inner = self._part_mask((*_EYES, *_MOUTH))[:, 0] > 0
        hidden = (trust < 0.02) & ~inner
        scalp = self._part_mask(("scalp",))
        gains[hidden] = (_UNDER_HAIR + (_ON_SCALP - _UNDER_HAIR) * scalp)[hidden]
        trust[hidden] = 0.02
        gains[inner], trust[inner] = 1, 1
        ones = np.ones_like(gains)
        gains = spread_over_mesh(self._laplacian, np.minimum(gains, 1.1), trust, ones, 0.05)
        shaded: Float32 = np.clip(texture * self.over_atlas(gains, len(texture)), 0, 1)
        return shaded

    def observed_gains(
        self, texture: Float32, views: list[View], skip_label: int | None = None
    ) -> tuple[Float32, Float32]:
        """How much brighter the views are than a texture, per vertex [V, 3], and its weight [V]."""
        count = len(self._head.vertices)
        seen, expected = np.zeros((count, 3)), np.zeros((count, 3))
        trust = np.zeros(count)
        for view in views:
            sampling = self.sampling(view)
            predicted = self._prediction(sampling, texture)
            usable = sampling.trust > 0
            if skip_label is not None:
                usable &= view.parsing != skip_label
            rows, columns = np.nonzero(usable)
            middle = _FINER // 2
            at = (rows * _FINER + middle, columns * _FINER + middle)
            corners = self._faces[sampling.faces[at]]
            weight = sampling.trust[rows, columns, None] * sampling.corners[at]
            for k in range(3):
                for channel in range(3):
                    seen[:, channel] += np.bincount(
                        corners[:, k], weight[:, k] * view.image[rows, columns, channel], count
                    )
                    expected[:, channel] += np.bincount(
                        corners[:, k], weight[:, k] * predicted[rows, columns, channel], count
                    )
                trust += np.bincount(corners[:, k], weight[:, k], count)
        gains = seen / np.maximum(expected, 1e-6)
        return np.clip(gains, 0, 3).astype(np.float32), trust.astype(np.float32)

    def over_atlas(self, values: Float32, size_px: int) -> Float32:
        """Vertex values [V, C] over the texture [S, S, C]; around islands as at their border."""
        topology = self._head.topology
        ids, corners = rasterized_atlas(topology.uv, topology.uv_faces, size_px)
        spread = np.einsum("hwk,hwkc->hwc", corners, values[self._faces[np.maximum(ids, 0)]])
        return padded(spread.astype(np.float32), (ids >= 0).astype(np.uint8))

    def fitted(self, start: Float32, views: list[View]) -> Float32:
        """The texture [S, S, 3] that explains the views, from a first guess."""
        texture = start.copy()
        coarse = self._part_mask((*_EYES, *_MOUTH))
        coarse[self._faces[self._lid].ravel()] = 1
        dense = self.over_atlas(coarse, len(start)) > 0.5
        kept = self.over_atlas(self._part_mask(_SOFT_MOUTH), len(start)) > 0.5
        for sigma in _SMOOTHING_TEXELS:
            total = np.zeros_like(texture)
            weight = np.zeros(texture.shape[:2], np.float32)
            for view in views:
                sampling = self.sampling(view)
                difference = sampling.image - self._prediction(sampling, texture)
                hand_back(
                    sampling.faces, sampling.corners, sampling.trust, self._atlas,
                    difference, total, weight,
                )  # fmt: skip
            fine = _spread(total, weight, sigma)
            wide = _spread(total, weight, _DENSE_ISLANDS * sigma)
            texture += np.where(kept, 0, np.where(dense, wide, fine))
            np.clip(texture, 0, 1, out=texture)
        return texture

    def _prediction(self, sampling: Sampling, texture: Float32) -> Float32:
        out = np.zeros_like(sampling.image)
        predict(sampling.faces, sampling.corners, sampling.trust, self._atlas, texture, out)
        return out

    def _face_trust(self, view: View) -> Float32:
        """[F] more for triangles that face the camera and lie where they do at rest."""
        facing = face_facing(view.vertices, self._faces, view.camera.position)
        seen = np.where(facing > _GRAZING_COSINE, facing**_FACING_POWER, 0)
        moved = np.linalg.norm(view.vertices - self._head.vertices, axis=1)
        still = np.exp(-((moved[self._faces].mean(axis=1) / _STILL_M) ** 2))
        usual = _MOVED_TRUST + (1 - _MOVED_TRUST) * still
        lid = 1.0 if view.expression_name == "blink" else _FOLDED_TRUST * usual
        trust: Float32 = seen * np.where(self._lid, lid, usual)
        return trust

    def _part_mask(self, parts: tuple[str, ...]) -> Float32:
        """[V, 1] one on the vertices of the named parts."""
        mask = np.zeros((len(self._head.vertices), 1), np.float32)
        mask[self._faces[np.isin(self._part, parts)].ravel()] = 1
        return mask

    def _pieces(self) -> NDArray[np.uint8]:
        """[F] number of the surface: skin with what grows into it, each eye, each mouth part."""
        separate = (*_EYES, *_MOUTH)
        numbers = [separate.index(part) + 1 if part in separate else 0 for part in self._part]
        return np.array(numbers, np.uint8)

    def _lids(self) -> NDArray[np.bool_]:
        """[F] the skin that a blink pulls over the eyes."""
        unit = {name: k for k, name in enumerate(self._head.expression_names)}
        moved = np.zeros(len(self._head.vertices))
        for side in ("Left", "Right"):
            deltas = self._head.expression_deltas[unit[f"eyeBlink{side}"]]
            moved[self._head.expression_vertex_ids] += np.linalg.norm(deltas, axis=1)
        return np.asarray(moved[self._faces].mean(axis=1) > _LID_TRAVEL_M)

    def _around_eyes(self) -> NDArray[np.bool_]:
        """[F] skin near the eyes, brows not included."""
        centres = self._head.vertices[self._faces].mean(axis=1)
        from_eye = np.linalg.norm(centres[:, None] - self._head.eye_centres, axis=2).min(axis=1)
        return np.asarray(from_eye < EYE_REACH_M)


def _spread(total: Float32, weight: Float32, sigma: float) -> Float32:
    """Corrections a texel takes from what was handed to it and its neighbours."""
    near = cv2.GaussianBlur(weight, (0, 0), sigma)[:, :, None]
    return np.asarray(cv2.GaussianBlur(total, (0, 0), sigma) / (near + _DOUBT), np.float32)


def padded(texture: Float32, inside: UInt8) -> Float32:
    """The texture with its islands grown outwards, so that filtering finds no foreign colour.

    Args:
        texture: [S, S, C].
        inside: [S, S] non-zero on the islands.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (inside == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(labels.max() + 1, np.int64)
    flat = np.flatnonzero(inside)
    nearest[labels.ravel()[flat]] = flat
    grown: Float32 = texture.reshape(-1, texture.shape[2])[nearest[labels.ravel()]].reshape(
        texture.shape
    )
    return grown
