"""What grooming needs to know of an avatar: strands of its hair, and the skin hair stays out of."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import numpy as np
import platformdirs

import avatar_core.hair
from avatar_core.errors import ShapeError
from avatar_core.geometry.topology import vertex_normals
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.strands import Strands, build_strands
from avatar_core.io.array_cache import arrays_key, keep_arrays, kept_arrays

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import HeadTopology

logger = logging.getLogger(__name__)

_VERSION = "strands 2"
"""Raised whenever the same hair would give other strands."""

_NO_SKIN = (
    "eye_left", "eye_right", "teeth_upper", "teeth_lower", "gums", "tongue", "mouth_inside",
    "left_eyeball", "right_eyeball", "teeth",
)  # fmt: skip
"""Parts of a head that hair never meets."""


_COMPILED = "_kernels"
"""How names of modules of compiled loops end."""


def cache_folder() -> Path:
    return Path(platformdirs.user_cache_dir("avatar-studio")) / "strands"


@dataclass(frozen=True, slots=True, eq=False)
class GroomGround:
    """What tools stand on.

    Args:
        hair: [N] the hairstyle it is of, without edits.
        strands: of it.
        vertices: [V, 3] of the neutral head, metres.
        head: its skin.
    """

    hair: GaussianCloud
    strands: Strands
    vertices: Float32
    head: HeadCollider


def groom_ground(
    hair: GaussianCloud,
    topology: HeadTopology,
    vertices: Float32,
    task: TaskContext,
    folder: Path | None = None,
) -> GroomGround:
    """Find the strands of a hairstyle, or read them where they were found before.

    Brushes are compiled too, so that no stroke waits for that.

    Args:
        hair: [N] around the neutral head.
        topology: the head's.
        vertices: [V, 3] the neutral head, metres.
        task: hears of the progress and may stop it.
        folder: where strands are kept; the user's cache where left out.
    """
    folder = cache_folder() if folder is None else folder
    _compile_brushes(task)
    task.step(0.0, "Looking at the head")
    head = HeadCollider(vertices, skin_faces(topology))
    ids = topology.scalp_vertex_ids
    scalp, normals = vertices[ids], vertex_normals(vertices, topology.faces)[ids]
    key = arrays_key(_VERSION, (hair.means, hair.quats, hair.scales, hair.opacities, scalp))
    strands = _read(kept_arrays(folder, key), len(hair))
    if strands is None:
        strands = build_strands(hair, scalp, normals, task.step)
        task.step(1.0, "Keeping the strands")
        keep_arrays(
            folder, key, {each.name: getattr(strands, each.name) for each in fields(Strands)}
        )
    return GroomGround(hair, strands, vertices, head)


def skin_faces(topology: HeadTopology) -> Int32:
    """[F, 3] faces that hair may lie on."""
    is_skin = np.array([name not in _NO_SKIN for name in topology.part_names], bool)
    faces: Int32 = topology.faces[is_skin[topology.face_part]] if len(is_skin) else topology.faces
    return faces


def _compile_brushes(task: TaskContext) -> None:
    """Import all compiled loops over hair: each is ready once its module is."""
    names = [each.name for each in iter_modules(avatar_core.hair.__path__)]
    compiled = [name for name in names if name.endswith(_COMPILED)]
    # The ring under the mouse is wanted at once.
    for name in sorted(compiled, key=lambda each: not each.startswith("picking")):
        task.step(0.0, "Getting brushes ready")
        import_module(f"{avatar_core.hair.__name__}.{name}")


def _read(arrays: dict[str, AnyArray] | None, count: int) -> Strands | None:
    """Strands of `count` Gaussians from what was kept, unless that makes no sense."""
    if arrays is None:
        return None
    try:
        # Copies, because compiled loops take no array that is read-only.
        strands = Strands(**{name: array.copy() for name, array in arrays.items()})  # type: ignore[arg-type]
    except (ShapeError, TypeError) as error:
        logger.warning("Kept strands make no sense and are found again: %s", error)
        return None
    guides, nodes = strands.guides.shape[:2]
    makes_sense = (
        len(strands.guide_ids) == count
        and _is_within(strands.guide_ids, guides)
        and _is_within(strands.neighbours, count)
        and _is_within(strands.node_rows, count)
        and bool((strands.places >= 0).all() and (strands.places <= nodes - 1).all())
        and all(
            array.dtype == np.float32 and np.isfinite(array).all()
            for array in (strands.guides, strands.shares, strands.depths_m, strands.tangents)
        )
    )
    if not makes_sense:
        logger.warning("Kept strands are damaged and are found again")
    return strands if makes_sense else None


def _is_within(rows: AnyArray, count: int) -> bool:
    is_whole = np.issubdtype(rows.dtype, np.integer)
    return is_whole and (not rows.size or (rows.min() >= -1 and rows.max() < count))
