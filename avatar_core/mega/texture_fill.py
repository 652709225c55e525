"""Skin that no picture showed: it gets the colours of the skin around it.

Training never hears of what hair hid in every picture, so those texels are left with noise, which
shows as soon as the hair is cut or exchanged. Their colours are filled in smoothly over the mesh;
then latents are found that decode to these under every view and expression. From the rim of what
was seen they grow inwards, ring by ring, each starting from its neighbours: so latents between
texels make colours between theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Camera, Float32, Int32, expect_shapes
from avatar_core.mega.assets import model_of
from avatar_core.mega.bake import TEXTURE, baked_asset
from avatar_core.mega.bake_conditions import conditions_of
from avatar_core.mega.bake_texels import BakeTexels, first_sums
from avatar_core.project.paint import BakedPaint
from avatar_core.raster.meshes import rasterize_mesh

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from avatar_core.heads import HeadTopology
    from avatar_core.mega.model import MegaModel
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.raster.meshes import MeshImage

_NOT_SKIN = ("eye", "teeth", "tongue", "mouth", "gum", "garment", "scalp")
"""Parts whose names hold these have colours of their own."""

_ENOUGH = 4.0
"""Sightings of a texel, on average around it; fewer have taught it too little."""

_MOST_COUNTED = 8
"""Sightings of one texel that count: a few well seen ones do not make up for those between."""

_WINDOW = 7
_RIM = 2
"""Texels at the rim of what was seen have learnt from mixed pixels."""

_AROUND = 5
_ROUNDS = 6
_FINAL_PASSES = 3
_PULL = 0.003
_WELD_M = 1e-5


def filled_unseen(
    asset: AvatarAsset, sightings: Float32, step: Callable[[float], None] | None = None
) -> AvatarAsset:
    """The avatar with skin where training left noise.

    Args:
        asset: with a neural face.
        sightings: [S, S] how often each texel of the neural texture was seen in training, row 0 at
            the bottom.
        step: hears the share that is done, 0..1.

    Raises:
        ShapeError: the sightings are not of the texture's size.
        WeightsError: the texture has too few channels to make colours at will.
    """
    texture = asset.face.weights[TEXTURE]
    size = texture.shape[2]
    expect_shapes(sightings=(sightings, "S S"))
    if len(sightings) != size:
        raise ShapeError(f"sightings: expected {size} rows and columns, got {len(sightings)}")
    model = model_of(asset)
    atlas = _atlas_image(model, size)
    is_skin = (atlas.face_ids >= 0) & _is_skin(asset.head.topology)[atlas.face_ids]
    unseen = unseen_texels(sightings, is_skin)
    if not unseen.any() or not (is_skin & ~unseen).any():
        return asset
    look: Float32 = asset.face.texture[::-1].astype(np.float32) / np.float32(255)
    colours = _filled_colours(model, look, unseen, atlas)
    sums, texels, latents = _grown(model, colours, unseen, is_skin, step or _unheard)
    nothing = np.zeros(len(texels), np.float32)
    filled = baked_asset(asset, BakedPaint(texels, sums @ latents.T, nothing, ""))
    filled.face.weights[TEXTURE] = filled.face.weights[TEXTURE].astype(texture.dtype)
    return filled


def unseen_texels(sightings: Float32, is_skin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[S, S] texels of the skin that were seen too seldom, with the rim around them."""
    from scipy import ndimage

    around = ndimage.uniform_filter(np.minimum(sightings, _MOST_COUNTED), _WINDOW)
    square = np.ones((2 * _RIM + 1, 2 * _RIM + 1), bool)
    unseen: NDArray[np.bool_] = ndimage.binary_dilation((around < _ENOUGH) & is_skin, square)
    return unseen & is_skin


def _is_skin(topology: HeadTopology) -> NDArray[np.bool_]:
    """[F] faces of parts that share the colour of the skin."""
    skin = [not any(word in name for word in _NOT_SKIN) for name in topology.part_names]
    is_skin: NDArray[np.bool_] = np.array(skin, bool)[topology.face_part]
    return is_skin


def _atlas_image(model: MegaModel, size: int) -> MeshImage:
    """The head's triangles over its atlas, row 0 at the bottom."""
    corners = model.surface.corner_uv.reshape(-1, 2).numpy()
    flat = np.concatenate([corners, np.ones((len(corners), 1), np.float32)], 1)
    half = 0.5 * (size - 1)
    intrinsics = np.array([[half, 0, half + 0.5], [0, half, half + 0.5], [0, 0, 1]], np.float32)
    camera = Camera(np.eye(4, dtype=np.float32), intrinsics, size, size)
    return rasterize_mesh(flat, np.arange(len(corners), dtype=np.int32).reshape(-1, 3), camera)


def _filled_colours(
    model: MegaModel, look: Float32, unseen: NDArray[np.bool_], atlas: MeshImage
) -> Float32:
    """[T, 3] colours of unseen texels, from those of the mesh around them."""
    topology, size = model.head.topology, len(look)
    corner_texels = np.rint((0.5 * model.surface.corner_uv.numpy() + 0.5) * (size - 1)).astype(int)
    columns, rows = corner_texels.reshape(-1, 2).T
    knows = ~unseen[rows, columns]
    vertices = topology.faces.reshape(-1)
    # Vertices are doubled along the seams of the atlas; here the skin is one piece.
    places = np.round(model.canonical_vertices / _WELD_M).astype(np.int64)
    welded = np.unique(places, axis=0, return_inverse=True)[1].reshape(-1)
    count = int(welded.max()) + 1
    weights = np.bincount(welded[vertices[knows]], minlength=count)
    seen = look[rows[knows], columns[knows]]
    colours = (
        np.stack(
            [np.bincount(welded[vertices[knows]], seen[:, k], minlength=count) for k in range(3)],
            -1,
        )
        / np.maximum(weights, 1)[:, None]
    )
    faces = welded[topology.faces[_is_skin(topology)]].astype(np.int32)
    filled = _harmonic(colours, weights > 0, faces)
    triangles = filled[welded[topology.faces[atlas.face_ids[unseen]]]]
    texels: Float32 = np.einsum("nk,nkc->nc", atlas.barycentrics[unseen], triangles)
    return texels.astype(np.float32)


def _harmonic(values: NDArray[np.float64], is_known: NDArray[np.bool_], faces: Int32) -> Float32:
    """Values [V, 3], those unknown filled in as the means of their neighbours on a mesh."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    count = len(values)
    ones = np.ones(len(edges))
    links = sparse.coo_matrix((ones, (edges[:, 0], edges[:, 1])), (count, count)).tocsr()
    links = ((links + links.T) > 0).astype(float)
    degrees = np.asarray(links.sum(axis=1)).ravel()
    unknown = np.flatnonzero(~is_known & (degrees > 0))
    known = np.flatnonzero(is_known)
    result = values.astype(np.float32)
    if len(unknown) and len(known):
        laplacian = (sparse.diags(degrees) - links).tocsr()[unknown]
        # A trace of ridge, for islands that nothing known touches.
        inner = sparse.csc_matrix(laplacian[:, unknown] + 1e-6 * sparse.eye(len(unknown)))
        result[unknown] = splu(inner).solve(-(laplacian[:, known] @ values[known]))
    return result


def _grown(
    model: MegaModel,
    colours: Float32,
    unseen: NDArray[np.bool_],
    is_skin: NDArray[np.bool_],
    step: Callable[[float], None],
) -> tuple[Float32, Int32, Float32]:
    """Sums [T, 8] of the unseen texels, the texels [T], and latents [C, 8] of a sum."""
    from scipy import ndimage

    size = len(unseen)
    texels = np.flatnonzero(unseen).astype(np.int32)
    row_of = np.full(size * size, -1)
    row_of[texels] = np.arange(len(texels))
    paint = np.zeros((size * size, 4), np.float32)
    paint[texels] = np.concatenate([colours, np.ones((len(texels), 1), np.float32)], 1)
    problem = BakeTexels.of(
        model, paint.reshape(size, size, 4), texels, conditions_of(model), _unheard, is_shaded=False
    )
    everywhere = np.arange(problem.starts.shape[1], dtype=np.int32)
    skin = np.flatnonzero(is_skin).astype(np.int32)
    totals = np.zeros((size * size, 8), np.float32)
    totals[skin] = first_sums(model, skin)
    own = totals[texels].copy()
    sums: Float32 = np.zeros_like(own)
    is_filled = is_skin & ~unseen
    square = np.ones((3, 3), bool)
    while True:
        ring = ndimage.binary_dilation(is_filled, square) & unseen & ~is_filled
        if not ring.any():
            break
        places = np.flatnonzero(ring)
        rows = row_of[places]
        sums[rows] = _mean_of_filled(totals.reshape(size, size, 8), is_filled, ring) - own[rows]
        better, _ = problem.fitted(sums, sums, _PULL, 1.0, everywhere, _ROUNDS, _unheard)
        sums[rows] = better[rows]
        totals[places] = own[rows] + sums[rows]
        is_filled |= ring
        step(float((is_filled & unseen).sum() / unseen.sum()))
    for _ in range(_FINAL_PASSES):
        sums, _ = problem.fitted(sums, sums, _PULL, 1.0, everywhere, _ROUNDS, _unheard)
    return sums, texels, problem.latents_from_sums


def _mean_of_filled(
    totals: Float32, is_filled: NDArray[np.bool_], ring: NDArray[np.bool_]
) -> Float32:
    """[r, 8] means of what is filled around the texels of a ring."""
    from scipy import ndimage

    weights = ndimage.uniform_filter(is_filled.astype(np.float32), _AROUND)[ring]
    masked = np.where(is_filled[..., None], totals, np.float32(0))
    means = ndimage.uniform_filter(masked, (_AROUND, _AROUND, 1))[ring]
    result = means / np.maximum(weights, np.float32(1e-6))[:, None]
    return np.asarray(result, np.float32)


def _unheard(_share: float) -> None:
    """Parts of rings are too short to be told of."""
