"""Between an avatar's learned model and the plain arrays that its file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import WeightsError
from avatar_core.gaussians import GaussianCloud
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.options import MegaOptions
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import ParametricHead

_HAIR = "canonical_gs."
_OPACITY_MARGIN = 1e-6
_LOOK_ROWS = 64


def asset_of(
    model: MegaModel,
    name: str,
    description: str,
    provenance: dict[str, Any],
    *,
    half: bool = False,
) -> AvatarAsset:
    """The model as plain arrays, with its neutral look decoded.

    Args:
        model: head and networks.
        name: what the library calls it.
        description: a sentence or two for the library.
        provenance: how it was made.
        half: keep weights in half precision (about half the size; hair stays single).
    """
    kind = np.float16 if half else np.float32
    weights = {
        key: value.numpy().astype(kind) if value.is_floating_point() else value.numpy()
        for key, value in model.networks.state_dict().items()
        if not key.startswith(_HAIR) and not key.endswith("num_batches_tracked")
    }
    return AvatarAsset(
        name=name,
        description=description,
        head=model.head,
        face=FaceAsset(FaceKind.NEURAL, neutral_look(model), weights, model.options.to_plain()),
        hair=hair_cloud(model.networks),
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
    expected = {
        key: tuple(value.shape)
        for key, value in networks.state_dict().items()
        if not key.startswith(_HAIR) and not key.endswith("num_batches_tracked")
    }
    given = {key: tuple(value.shape) for key, value in asset.face.weights.items()}
    if expected != given:
        wrong = sorted(k for k in expected.keys() | given.keys() if expected.get(k) != given.get(k))
        raise WeightsError(
            f"The avatar '{asset.name}' has weights that do not fit: {', '.join(wrong[:5])}.",
            "Export it again with this release.",
        )
    state = {
        key: torch.from_numpy(np.array(value, np.float32))
        for key, value in asset.face.weights.items()
    }
    networks.load_state_dict(state, strict=False)
    _load_hair(networks, asset.hair)
    networks.eval().requires_grad_(False)
    return MegaModel.of(asset.head, networks, options)


def hair_cloud(networks: MegaNetworks) -> GaussianCloud:
    """Canonical Gaussians with linear values; colour from the DC coefficient."""
    gaussians = networks.canonical_gs
    with torch.no_grad():
        splats = gaussians()
        colours: Tensor = gaussians._features_dc
    return GaussianCloud(
        means=_array(splats.means),
        quats=_array(splats.quats),
        scales=_array(splats.scales),
        opacities=_array(splats.opacities),
        sh=_array(colours),
        flags=np.zeros(len(splats.means), np.uint8),
    )


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
    rows = texture[0].permute(1, 2, 0)
    look = torch.empty(size, size, 3)
    for start in range(0, size, _LOOK_ROWS):
        part = rows[start : start + _LOOK_ROWS].reshape(-1, rows.shape[-1])
        v, u = torch.meshgrid(axis[start : start + _LOOK_ROWS], axis, indexing="ij")
        uv = torch.stack([u.reshape(-1), v.reshape(-1)], -1)
        look[start : start + _LOOK_ROWS] = model.networks.pixel_colours(part, uv).view(-1, size, 3)
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
            sh_coefficients=1,
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


def _expression_count(head: ParametricHead) -> int:
    return len(head.expression_names)


def _load_hair(networks: MegaNetworks, hair: GaussianCloud) -> None:
    gaussians = networks.canonical_gs
    opacity = hair.opacities.clip(_OPACITY_MARGIN, 1 - _OPACITY_MARGIN)
    with torch.no_grad():
        gaussians._xyz.copy_(torch.tensor(hair.means))
        gaussians._rotation.copy_(torch.tensor(hair.quats))
        gaussians._scaling.copy_(torch.from_numpy(np.log(hair.scales)))
        gaussians._opacity.copy_(torch.from_numpy(np.log(opacity / (1 - opacity)))[:, None])
        gaussians._features_dc.copy_(torch.tensor(hair.sh[:, :1]))


def _array(values: Tensor) -> Float32:
    return np.ascontiguousarray(values.detach().numpy(), np.float32)
