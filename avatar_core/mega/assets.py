"""Between an avatar's learned model and the plain arrays that its file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import ShapeError, WeightsError
from avatar_core.mega.atlas import atlas_places
from avatar_core.mega.hair import CanonicalGaussians
from avatar_core.mega.hair_arrays import (
    HAIR,
    canonical_arrays,
    canonical_from_arrays,
    hair_cloud,
    is_hair_or_pose,
    load_hair,
    placement_of,
)
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind
from avatar_core.project.mega_options import MegaOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import ParametricHead

TRACKED = "flame_params."
"""Prefix of the tracked head parameters that came with an imported avatar."""

_LOOK_ROWS = 64


def asset_of(
    model: MegaModel,
    name: str,
    description: str,
    provenance: dict[str, Any],
    *,
    half: bool = False,
    exact: bool = False,
) -> AvatarAsset:
    """The model as plain arrays, with its neutral look decoded.

    Args:
        model: head and networks.
        name: what the library calls it.
        description: a sentence or two for the library.
        provenance: how it was made.
        half: keep weights in half precision (about half the size; hair stays single).
        exact: keep the hair's raw parameters and the counters of batch norm too, so that every bit
            of the networks comes back.
    """
    kind = np.float16 if half else np.float32
    weights = {
        key: value.numpy().astype(kind) if value.is_floating_point() else value.numpy()
        for key, value in model.networks.state_dict().items()
        if exact or not _can_be_missing(key)
    }
    return AvatarAsset(
        name=name,
        description=description,
        head=model.head,
        face=FaceAsset(
            FaceKind.NEURAL,
            neutral_look(model),
            weights | canonical_arrays(model.canonical),
            model.options.to_plain(),
        ),
        hair=hair_cloud(
            model.networks.canonical_gs,
            placement_of(model.head, model.canonical),
            view_dependent=model.options.view_dependent_hair,
        ),
        provenance=provenance,
    )


def model_of(asset: AvatarAsset) -> MegaModel:
    """The learned model of a neural asset, ready to evaluate.

    Raises:
        WeightsError: weights are missing, left over or misshapen; the culprit is named.
    """
    options = MegaOptions.from_plain(asset.face.options)
    config = _config_of(asset, options)
    networks = MegaNetworks(config)
    weights = networks_arrays(asset.face.weights)
    _expect_fit(asset.name, networks, weights)
    state = {key: torch.from_numpy(_single(value)) for key, value in weights.items()}
    networks.load_state_dict(state, strict=False)
    canonical = canonical_from_arrays(asset.face.weights)
    try:
        placement = placement_of(asset.head, canonical)
    except ShapeError as error:
        raise WeightsError(f"The avatar '{asset.name}' is damaged: {error}.") from error
    load_hair(networks.canonical_gs, asset.hair, placement, asset.face.weights)
    networks.eval().requires_grad_(False)
    return MegaModel.of(asset.head, networks, options, canonical)


def derived_gaussians(asset: AvatarAsset) -> int:
    """How many Gaussians have no raw parameters of their own, see `hair_arrays.load_hair`."""
    gaussians = CanonicalGaussians(len(asset.hair), _coefficients(asset))
    gaussians.requires_grad_(False)
    placement = placement_of(asset.head, canonical_from_arrays(asset.face.weights))
    return load_hair(gaussians, asset.hair, placement, asset.face.weights)


def networks_arrays(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Those arrays of an avatar that are weights of its networks, hair apart."""
    return {
        name: values
        for name, values in arrays.items()
        if not is_hair_or_pose(name) and not name.startswith(TRACKED)
    }


def _expect_fit(name: str, networks: MegaNetworks, weights: Mapping[str, AnyArray]) -> None:
    expected = {key: tuple(value.shape) for key, value in networks.state_dict().items()}
    given = {key: tuple(value.shape) for key, value in weights.items()}
    missing = [k for k in expected if k not in given and not _can_be_missing(k)]
    wrong = [k for k, shape in given.items() if expected.get(k) != shape]
    if missing or wrong:
        raise WeightsError(
            f"The avatar '{name}' has weights that do not fit: "
            f"{', '.join(sorted(missing + wrong)[:5])}.",
            "Export it again with this release.",
        )


def _can_be_missing(key: str) -> bool:
    """The hair lies in its own place; counters of batch norm do not matter to a picture."""
    return key.startswith(HAIR) or key.endswith("num_batches_tracked")


@torch.no_grad()
def neutral_look(model: MegaModel) -> UInt8:
    """[H, W, 3] the face at rest seen from the front, decoded over the atlas, top row first."""
    neutral = torch.zeros(1, model.networks.config.driving_width)
    front = torch.tensor([[0.0, 0.0, 1.0]])
    return decoded_look(model, neutral, front)


@torch.no_grad()
def decoded_look(model: MegaModel, driving: Tensor, camera_position: Tensor) -> UInt8:
    """[H, W, 3] the face's colours over its atlas under one expression and view.

    Args:
        model: the avatar.
        driving: [1, Z].
        camera_position: [1, 3] in the canonical head's space.
    """
    texture = model.networks.decoded_texture(driving, camera_position)
    size = texture.shape[-1]
    axis = torch.linspace(-1, 1, size)
    places = None
    if model.networks.config.xyz_cond:
        places = atlas_places(model.surface, model.canonical_vertices, size)
    rows = texture[0].permute(1, 2, 0)
    look = torch.empty(size, size, 3)
    for start in range(0, size, _LOOK_ROWS):
        part = rows[start : start + _LOOK_ROWS].reshape(-1, rows.shape[-1])
        v, u = torch.meshgrid(axis[start : start + _LOOK_ROWS], axis, indexing="ij")
        uv = torch.stack([u.reshape(-1), v.reshape(-1)], -1)
        there = None if places is None else places[start : start + _LOOK_ROWS].reshape(-1, 3)
        colours = model.networks.pixel_colours(part, uv, there)
        look[start : start + _LOOK_ROWS] = colours.view(-1, size, 3)
    # Row 0 of a neural texture is v = -1, the bottom of the atlas.
    image: UInt8 = (look.flip(0) * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    return image


def _config_of(asset: AvatarAsset, options: MegaOptions) -> MegaConfig:
    """Sizes of the networks, read off the shapes of their weights."""
    weights: Mapping[str, AnyArray] = asset.face.weights
    try:
        texture = weights["neural_texture.texture"]
        driving_width = weights["dynamic_texture.z_fc.0.weight"].shape[1]
        layers = sorted(
            (int(key.split(".")[2]), value.shape)
            for key, value in weights.items()
            if key.startswith("deform_mlp.deform_expr.") and key.endswith(".weight")
        )
        n_expr = _expression_count(asset.head)
        encoded = layers[0][1][1] - n_expr
        return MegaConfig(
            n_expr=n_expr,
            n_pose=driving_width - n_expr,
            tex_size=texture.shape[2],
            tex_ch=texture.shape[1],
            disp_size=_displacement_size(weights),
            deform_layers=tuple(shape[0] for _, shape in layers[:-1]),
            deform_attr=options.deform_attributes,
            num_freqs=(encoded // 3 - 1) // 2,
            gaussians=len(asset.hair),
            sh_coefficients=_coefficients(asset),
            xyz_cond=options.surface_conditioned,
            uv_freqs=_uv_frequencies(weights, options),
        )
    except (KeyError, IndexError, ValueError) as error:
        raise WeightsError(
            f"The avatar '{asset.name}' lacks parts of its neural face: {error}.",
            "Export it again.",
        ) from error


def _displacement_size(weights: Mapping[str, AnyArray]) -> int:
    """Twice the height of the last block's biases."""
    heights = [
        value.shape[1]
        for key, value in weights.items()
        if key.startswith("disp_decoder.upsample.") and key.endswith(".conv1.bias")
    ]
    return 2 * int(max(heights))


def _coefficients(asset: AvatarAsset) -> int:
    rest = asset.face.weights.get(f"{HAIR}_features_rest")
    return int(asset.hair.sh.shape[1] if rest is None else 1 + rest.shape[1])


def _uv_frequencies(weights: Mapping[str, AnyArray], options: MegaOptions) -> int:
    """0 for a learned code; else what is left of the first layer's inputs."""
    if "pe.m_u" in weights:
        return 0
    inputs = weights["head_mlp.final_siren.0.net.0.linear.weight"].shape[1]
    texture = weights["neural_texture.texture"].shape[1]
    width = inputs - texture - (4 if options.surface_conditioned else 0)
    return int(width // 2 - 1) // 2


def _expression_count(head: ParametricHead) -> int:
    return len(head.expression_names)


def _single(values: AnyArray) -> AnyArray:
    """A writable copy; half precision becomes single."""
    kind = np.float32 if values.dtype.kind == "f" else values.dtype
    return np.array(values, kind)
