"""FlameHead from the user's own FLAME files, kept in their data folder once it is built.

Nothing in the files is executed: pickles go through `io.restricted_pickle`, arrays hold numbers.

Source:
    Li et al. 2017, FLAME; Wang et al., MeGA, arXiv:2404.19026, for the mesh made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads.flame import PARENTS, FlameHead
from avatar_core.heads.flame_topology import (
    LOWER_LIP,
    UPPER_LIP,
    FlameMesh,
    ordered_parts,
    split_at_seams,
    subdivided,
    with_teeth,
)
from avatar_core.io import flame_cache, flame_sources, limits
from avatar_core.io.arrays import array_from_npy
from avatar_core.io.restricted_pickle import read_restricted_pickle

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.io.flame_sources import FlameFile, FlameSources

_FIRST_EXPRESSION = 300
_IBUG_LANDMARKS = 68
_EYES = slice(3931, 5023)
_FLAME_VERTICES = 5023
_HINT = "Take it from the place its makers publish it."


@dataclass(frozen=True, slots=True)
class FlameLayout:
    """What a MeGA configuration makes of FLAME.

    Args:
        n_shape: identity coefficients.
        n_expr: expression coefficients.
        is_subdivided: every face but eyes and the neck's rim in four.
        has_teeth: two rows of teeth instead of the triangles that close the mouth.
    """

    n_shape: int = 300
    n_expr: int = 100
    is_subdivided: bool = True
    has_teeth: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FlameReading:
    """A head and what is to be said about it.

    Args:
        head: of the mean identity.
        has_exact_scalp: whether the scalp's list is the one that official hair was trained with.
        warnings: a sentence for every file that was missed.
        used_files: what was read.
    """

    head: FlameHead
    has_exact_scalp: bool
    warnings: tuple[str, ...]
    used_files: tuple[Path, ...]


def read_flame_head(
    sources: FlameSources, layout: FlameLayout | None = None, cache: Path | None = None
) -> FlameReading:
    """The head of the user's files, with MeGA's mesh.

    Args:
        sources: from `find_flame_sources`.
        layout: what to build.
        cache: folder of heads built before, keyed by the contents of all files; None for
            `flame_cache.cache_folder()`.

    Raises:
        AssetError: a file is unreadable, damaged, would run code, or does not hold what its name
            says.
    """
    layout = layout or FlameLayout()
    places = cache or flame_cache.cache_folder()
    key = flame_cache.key_of(sources.paths, layout)
    head = flame_cache.cached_head(places, key)
    if head is None:
        head = _built(sources, layout)
        flame_cache.keep_head(places, key, head)
    exact = bool(sources.masks) and flame_sources.BACK_NECK not in sources.missing
    warnings = tuple(
        f"{file.name} is missing: {file.without}. It comes from {file.origin}."
        for file in sources.missing
    )
    return FlameReading(head, exact, warnings, sources.paths)


def _built(sources: FlameSources, layout: FlameLayout) -> FlameHead:
    mesh = _coarse_mesh(sources, layout)
    landmark_faces, landmark_weights = _landmarks(sources, len(mesh.faces))
    if layout.is_subdivided:
        rim = _ids(sources, flame_sources.LOWER_NECK, len(mesh.faces))
        mesh = subdivided(mesh, rim)
    if layout.has_teeth:
        mesh = with_teeth(mesh)
    shape = np.zeros(layout.n_shape, np.float32)
    return FlameHead(mesh, split_at_seams(mesh), shape, landmark_faces, landmark_weights)


def _coarse_mesh(sources: FlameSources, layout: FlameLayout) -> FlameMesh:
    try:
        model = _model(sources.model, layout)
    except ShapeError as error:
        raise AssetError(f"'{sources.model.name}' is not a FLAME model: {error}.", _HINT) from error
    count = len(model.floats("v_template"))
    own_faces, directions = model.ints("f", below=count), model.floats("shapedirs")
    faces, uv, uv_faces = _faces_and_atlas(sources, own_faces, count, layout)
    identity = directions[:, :, : layout.n_shape]
    expression = directions[:, :, _FIRST_EXPRESSION : _FIRST_EXPRESSION + layout.n_expr]
    return FlameMesh(
        template=model.floats("v_template"),
        shape_directions=np.ascontiguousarray(identity),
        expression_directions=np.ascontiguousarray(expression),
        pose_directions=model.floats("posedirs"),
        joint_regressor=model.floats("J_regressor"),
        skin_weights=model.floats("weights"),
        faces=faces,
        uv=uv,
        uv_faces=uv_faces,
        parts=_parts(sources, model.floats("v_template")),
    )


def _model(path: Path, layout: FlameLayout) -> NamedArrays:
    """The model's arrays, which fit one another and the layout; or a ShapeError."""
    content = read_restricted_pickle(path)
    model = NamedArrays({k: v for k, v in content.items() if isinstance(v, np.ndarray)})
    sizes = expect_shapes(
        v_template=(model.floats("v_template"), "V 3"),
        shapedirs=(model.floats("shapedirs"), "V 3 K"),
        posedirs=(model.floats("posedirs"), "V 3 36"),
        J_regressor=(model.floats("J_regressor"), "5 V"),
        weights=(model.floats("weights"), "V 5"),
        kintree_table=(model["kintree_table"], "2 5"),
        f=(model["f"], "F 3"),
    )
    model.ints("f", below=sizes["V"])
    if sizes["V"] <= max(*UPPER_LIP, *LOWER_LIP):
        raise ShapeError(f"v_template: {sizes['V']} vertices are too few for FLAME")
    wanted = _FIRST_EXPRESSION + layout.n_expr
    if sizes["K"] < wanted or not 0 <= layout.n_shape <= _FIRST_EXPRESSION:
        raise ShapeError(f"shapedirs: expected {wanted} directions, got {sizes['K']}")
    if not np.array_equal(model["kintree_table"][0, 1:], PARENTS[1:]):
        raise ShapeError("kintree_table: these are not FLAME's joints")
    return model


def _faces_and_atlas(
    sources: FlameSources, own_faces: Int32, vertex_count: int, layout: FlameLayout
) -> tuple[Int32, Float32, Int32]:
    """Faces [F, 3], uv [T, 2] and uv faces [F, 3]; with teeth, without those closing the mouth."""
    published = _array(sources, flame_sources.FACES)
    faces = own_faces if published is None else _checked_ids(
        published, flame_sources.FACES, vertex_count)  # fmt: skip
    uv = _array(sources, flame_sources.UV)
    rows = _array(sources, flame_sources.UV_FACES)
    if uv is None or rows is None:
        raise AssetError(f"A FLAME head needs {flame_sources.UV} and {flame_sources.UV_FACES}.")
    if uv.dtype.kind != "f" or uv.ndim != 2 or uv.shape[1] != 2 or not np.all(np.isfinite(uv)):
        raise _wrong(flame_sources.UV, "pairs of numbers")
    uv_faces = _checked_ids(rows, flame_sources.UV_FACES, len(uv))
    wanted = min(len(own_faces) if layout.has_teeth else len(faces), len(faces))
    if faces.shape[1:] != (3,) or uv_faces.shape[1:] != (3,) or len(uv_faces) < wanted:
        raise _wrong(flame_sources.UV_FACES, f"the corners of {wanted} triangles")
    return faces[:wanted], uv.astype(np.float32), uv_faces[:wanted]


def _parts(sources: FlameSources, template: Float32) -> dict[str, Int32]:
    count = len(template)
    masks: dict[str, Int32] = {}
    for path in sources.masks:
        for name, ids in read_restricted_pickle(path).items():
            if not isinstance(ids, np.ndarray) or ids.ndim != 1:
                raise _wrong(flame_sources.MASKS, "a list of vertices per part", f"{name} of ")
            masks[name] = _checked_ids(ids, flame_sources.MASKS, count, f"{name} of ")
    shrink_scalp = _ids(sources, flame_sources.SHRINK_SCALP, count)
    masks.setdefault("scalp", shrink_scalp)
    if not any("eyeball" in name for name in masks) and count == _FLAME_VERTICES:
        masks |= _eyeballs(template)
    return ordered_parts(masks, _ids(sources, flame_sources.BACK_NECK, count), shrink_scalp)


def _eyeballs(template: Float32) -> dict[str, Int32]:
    """FLAME's last vertices, 546 an eye; x points to the person's left."""
    halves = np.split(np.arange(_EYES.start, _EYES.stop, dtype=np.int32), 2)
    left, right = sorted(halves, key=lambda ids: -float(template[ids, 0].mean()))
    return {"left_eyeball": left, "right_eyeball": right}


def _landmarks(sources: FlameSources, face_count: int) -> tuple[Int32, Float32]:
    path = sources.path_of(flame_sources.LANDMARKS)
    if path is None:
        return np.zeros(0, np.int32), np.zeros((0, 3), np.float32)
    content = read_restricted_pickle(path)
    try:
        faces = np.asarray(content["full_lmk_faces_idx"]).reshape(-1)[:_IBUG_LANDMARKS]
        weights = np.asarray(content["full_lmk_bary_coords"], np.float32)
        weights = weights.reshape(-1, 3)[:_IBUG_LANDMARKS]
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(flame_sources.LANDMARKS, "landmarks on triangles") from error
    if len(faces) != len(weights) or not np.all(np.isfinite(weights)):
        raise _wrong(flame_sources.LANDMARKS, "landmarks on triangles")
    return _checked_ids(faces, flame_sources.LANDMARKS, face_count), weights


def _ids(sources: FlameSources, file: FlameFile, below: int) -> Int32:
    """A list of indices; empty when the file is missing."""
    array = _array(sources, file)
    if array is None:
        return np.zeros(0, np.int32)
    return _checked_ids(array.reshape(-1), file, below)


def _checked_ids(array: Any, file: FlameFile, below: int, part: str = "") -> Int32:
    whole = array.dtype.kind in "iu"
    if not whole or (array.size and (array.min() < 0 or array.max() >= below)):
        raise _wrong(file, f"whole numbers 0..{below - 1}", part)
    ids: Int32 = array.astype(np.int32)
    return ids


def _array(sources: FlameSources, file: FlameFile) -> Any:
    path = sources.path_of(file)
    if path is None:
        return None
    try:
        if path.stat().st_size > limits.FLAME_ASSET_BYTES:
            raise _wrong(file, "an array of that size")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"'{path}' cannot be read.", "Check the path.") from error
    return array_from_npy(data, f"'{path.name}'")


def _wrong(file: FlameFile, expected: str, part: str = "") -> AssetError:
    return AssetError(f"{part}'{file.name}' should hold {expected} and does not.", _HINT)
