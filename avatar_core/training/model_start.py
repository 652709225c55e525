"""The model that training starts with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.errors import AssetError
from avatar_core.heads.flame import FlameHead
from avatar_core.mega.hair_arrays import HAIR, neutral_parameters
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.project.mega_options import OFFICIAL, MegaOptions
from avatar_core.training.mesh_terms import MeshTables

if TYPE_CHECKING:
    from avatar_core.geometry import Int32
    from avatar_core.heads import ParametricHead
    from avatar_core.training.captures import Capture
    from avatar_core.training.settings import TrainerSettings

_EYE_POSE_WIDTH = 6
_JOINTS_POSE_WIDTH = 15
_MOUTH = "mouth"


def new_model(
    capture: Capture,
    head: ParametricHead,
    settings: TrainerSettings,
    face: MegaNetworks | None = None,
) -> MegaModel:
    """Networks with random weights around a head, on the CPU; hair still without places.

    Args:
        capture: gives the pose that the hair lives on.
        head: of the captured person.
        settings: sizes of the networks.
        face: networks whose face is taken over, sizes and all.

    Raises:
        AssetError: the face belongs to another kind of head.
    """
    # A FLAME head opens its jaw by its joint, ours by blendshapes.
    posed = isinstance(head, FlameHead)
    config = MegaConfig(
        n_expr=len(head.expression_names),
        n_pose=_JOINTS_POSE_WIDTH if posed else _EYE_POSE_WIDTH,
        tex_size=settings.tex_size,
        deform_layers=settings.deform_layers,
        num_freqs=settings.num_freqs,
        gaussians=settings.gaussians,
        sh_coefficients=(settings.sh_degree + 1) ** 2,
    )
    if face is not None:
        config = _config_with_face(config, face.config)
    networks = MegaNetworks(config)
    if face is not None:
        networks.load_state_dict(_face_weights(face), strict=False)
    networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    options = OFFICIAL if settings.released_options else MegaOptions()
    canonical = capture.canonical
    if settings.tracking is not None and isinstance(head, FlameHead):
        # The head's identity will change, the space that the hair is made in must not.
        canonical = canonical or neutral_parameters(head)
        if canonical.shape is None:
            canonical = replace(canonical, shape=head.shape)
    return MegaModel.of(head, networks, replace(options, pose_conditioned=posed), canonical)


def _config_with_face(config: MegaConfig, face: MegaConfig) -> MegaConfig:
    if (config.n_expr, config.n_pose) != (face.n_expr, face.n_pose):
        raise AssetError(
            "The face to keep belongs to another kind of head than the capture's.",
            "Choose an avatar that was trained from a capture of the same person.",
        )
    hair = {name: getattr(config, name) for name in ("gaussians", "sh_coefficients")}
    return replace(face, **hair)


def _face_weights(face: MegaNetworks) -> dict[str, torch.Tensor]:
    weights = face.state_dict()
    return {key: value for key, value in weights.items() if not key.startswith(HAIR)}


def mesh_tables(model: MegaModel, settings: TrainerSettings) -> MeshTables:
    """Tables of the model's mesh, on its device."""
    loose = None if settings.firm_mouth else _mouth_vertices(model.head)
    tables = MeshTables.of(model.surface.faces, model.canonical_vertices, loose)
    return tables.to(model.device)


def _mouth_vertices(head: ParametricHead) -> Int32 | None:
    parts = head.mesh.parts if isinstance(head, FlameHead) else {}
    mouth = [ids for name, ids in parts.items() if name.startswith(_MOUTH)]
    return np.unique(np.concatenate(mouth)).astype(np.int32) if mouth else None
