"""The occlusion-aware blend against the reference implementation, and its clean variant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from avatar_core.mega.blend import BlendMode, blend_layers
from avatar_core.mega.official import build
from avatar_core.mega.textures import sample_texels

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = {
    "train": BlendMode.TRAIN,
    "eval": BlendMode.EVAL,
    "eval_alter_hair": BlendMode.FOREIGN_HAIR,
}


@pytest.mark.parametrize("name", list(MODES))
def test_whole_chain_from_texels_to_picture(name: str, golden: Callable[[str], Any]) -> None:
    fixture = golden("fuse")
    face = _face(fixture)
    torch.testing.assert_close(face, fixture["out.face_rgb"], atol=1e-5, rtol=0)
    alpha = fixture["in.hair_alpha"]
    on_white = fixture["in.hair_rgb"].permute(0, 2, 3, 1)
    blended = blend_layers(
        face,
        fixture["in.face_valid"],
        fixture["in.face_depth"],
        on_white - (1 - alpha)[..., None],
        alpha,
        fixture["in.near_z"],
        fixture["in.near_z2"],
        MODES[name],
        white_twice=True,
    )
    for ours, theirs in (
        (blended.rgb, "rgb"),
        (blended.hair_mask, "hairmask"),
        (blended.head_mask, "headmask"),
        (blended.full_mask, "fullmask"),
    ):
        torch.testing.assert_close(ours, fixture[f"out.{name}.{theirs}"], atol=1e-5, rtol=0)


def _face(fixture: Any) -> torch.Tensor:
    encoding = build("pe", fixture.state("pe."))
    decoder = build("head_mlp", fixture.state("head_mlp."))
    uv = fixture["in.uv"].view(-1, 2)
    texels = sample_texels(fixture["in.neural_features"], uv)[:, :12]
    with torch.no_grad():
        colours = decoder(torch.cat([encoding(uv), texels], -1)).view(1, 48, 40, 3)
    valid = fixture["in.face_valid"][..., None]
    return colours * valid + (1 - valid)


def _plain_layers(hair_alpha: float) -> dict[str, torch.Tensor]:
    size = (1, 12, 12)
    return {
        "face_rgb": torch.full((*size, 3), 0.2),
        "face_valid": torch.ones(size),
        "face_depth": torch.full(size, 1000.0),
        "hair_rgb": torch.full((*size, 3), 0.6 * hair_alpha),
        "hair_alpha": torch.full(size, hair_alpha),
        "near_depth": torch.full(size, 900.0),
        "second_depth": torch.full(size, 950.0),
    }


def test_clean_blend_has_no_white_fringe() -> None:
    blended = blend_layers(**_plain_layers(0.5), mode=BlendMode.EVAL)
    torch.testing.assert_close(blended.rgb, torch.full((1, 12, 12, 3), 0.5 * 0.6 + 0.5 * 0.2))


def test_hair_behind_the_head_is_hidden() -> None:
    layers = _plain_layers(0.9) | {"second_depth": torch.full((1, 12, 12), 1100.0)}
    blended = blend_layers(**layers, mode=BlendMode.EVAL)
    torch.testing.assert_close(blended.rgb, layers["face_rgb"])


def test_a_speck_of_hair_is_removed_by_evaluation_only() -> None:
    layers = _plain_layers(1.0)
    layers["near_depth"] = layers["second_depth"] = torch.full((1, 12, 12), -1.0)
    layers["near_depth"][0, 6, 6] = 900.0
    evaluated = blend_layers(**layers, mode=BlendMode.FOREIGN_HAIR, blurred=False)
    trained = blend_layers(**layers, mode=BlendMode.TRAIN, blurred=False)
    assert evaluated.hair_mask.sum() == 0
    assert trained.hair_mask.sum() == 1


def test_hard_blend_uses_the_mask_alone() -> None:
    blended = blend_layers(**_plain_layers(0.5), mode=BlendMode.EVAL, hard=True)
    torch.testing.assert_close(blended.rgb, torch.full((1, 12, 12, 3), 0.6))


def test_the_outline_of_hair_keeps_its_strength_where_no_mesh_is() -> None:
    """Half of the picture holds hair over nothing: the mask's blur must not thin its edge."""
    layers = _plain_layers(1.0)
    layers["face_valid"] = torch.zeros(1, 12, 12)
    layers["face_depth"] = torch.zeros(1, 12, 12)
    inside = torch.zeros(1, 12, 12)
    inside[..., :6] = 1
    layers["hair_alpha"] = inside
    layers["hair_rgb"] = layers["hair_rgb"] * inside[..., None]
    layers["near_depth"] = layers["second_depth"] = torch.where(inside > 0, 900.0, -1.0)
    kept = blend_layers(**layers, mode=BlendMode.EVAL, free_unmasked=True)
    torch.testing.assert_close(kept.hair_mask, inside)
    thinned = blend_layers(**layers, mode=BlendMode.EVAL)
    assert thinned.hair_mask[0, 6, 5] < 0.9


def test_a_hard_blend_draws_no_hair_where_there_is_none() -> None:
    """Half of the picture holds hair, nothing holds a face: the rest is background."""
    layers = _plain_layers(0.75)
    layers["face_valid"] = layers["face_depth"] = torch.zeros(1, 12, 12)
    inside = torch.zeros(1, 12, 12)
    inside[..., :6] = 0.75
    layers["hair_alpha"] = inside
    layers["hair_rgb"] = layers["hair_rgb"] * (inside > 0)[..., None]
    blended = blend_layers(
        **layers, mode=BlendMode.TRAIN, hard=True, blurred=False, free_unmasked=True
    )
    torch.testing.assert_close(blended.hair_mask, (inside > 0).float())
    torch.testing.assert_close(blended.rgb[..., 6:, :], torch.ones(1, 12, 6, 3))
