"""All learned parts of one MeGA avatar, under the names of official checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from avatar_core.errors import ShapeError
from avatar_core.mega.decoders import (
    DisplacementDecoder,
    DynamicDecoder,
    ViewDecoder,
    tiled_view,
)
from avatar_core.mega.encodings import uv_encoding
from avatar_core.mega.hair import CanonicalGaussians, DeformationMlp
from avatar_core.mega.textures import NeuralTexture, PixelDecoder
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

DISPLACEMENT_SCALE = 1e-3
"""The displacement decoder speaks in millimetres."""


@dataclass(frozen=True, slots=True)
class MegaConfig:
    """Sizes of the networks; the defaults are those of the published model.

    Args:
        n_expr: expression coefficients of the head.
        n_pose: pose values of the head: rotation 3, neck 3, jaw 3, eyes 6.
        tex_size: side of the neural textures, a power of two.
        tex_ch: channels of the neural textures.
        disp_size: side of the displacement map.
        deform_layers: hidden widths of the hair deformation.
        deform_attr: what the hair deformation changes.
        num_freqs: frequencies of the hair deformation's encoding.
        gaussians: number of canonical Gaussians.
        sh_coefficients: colour coefficients per Gaussian; see `MegaOptions.view_dependent_hair`.
        xyz_cond: the pixel decoder is told the place in the world too.
        uv_freqs: frequencies of the sine code of uv; 0 for the learned code.
    """

    n_expr: int = 100
    n_pose: int = 15
    tex_size: int = 1024
    tex_ch: int = 12
    disp_size: int = 256
    deform_layers: tuple[int, ...] = (256, 256)
    deform_attr: tuple[str, ...] = tuple(ATTRIBUTE_WIDTHS)
    num_freqs: int = 6
    gaussians: int = 0
    sh_coefficients: int = 16
    xyz_cond: bool = False
    uv_freqs: int = 0

    @property
    def driving_width(self) -> int:
        return self.n_expr + self.n_pose


@dataclass(frozen=True, slots=True)
class Ablation:
    """Parts that can be switched off, to show what each one earns."""

    view: bool = True
    dynamic: bool = True
    displacement: bool = True
    soft_blend: bool = True


class MegaNetworks(nn.Module):
    """Textures, decoders, hair and deformation of one avatar."""

    def __init__(self, config: MegaConfig) -> None:
        super().__init__()
        self.config = config
        self.neural_texture = NeuralTexture(config.tex_size, config.tex_ch)
        self.dynamic_texture = DynamicDecoder(config.driving_width, config.tex_size, config.tex_ch)
        self.view_texture = ViewDecoder(config.tex_size, config.tex_ch)
        self.disp_decoder = DisplacementDecoder(config.driving_width, config.disp_size)
        self.pe = uv_encoding(config.uv_freqs)
        self.head_mlp = PixelDecoder(config.tex_ch, self.pe.width(2), xyz_cond=config.xyz_cond)
        self.canonical_gs = CanonicalGaussians(config.gaussians, config.sh_coefficients)
        self.deform_mlp = DeformationMlp(
            config.n_expr, config.deform_layers, config.deform_attr, config.num_freqs
        )

    def decoded_texture(
        self, driving: Tensor, camera_position: Tensor, ablation: Ablation | None = None
    ) -> Tensor:
        """Basic + view + dynamic texture [1, C, H, W].

        Args:
            driving: [1, n_expr + n_pose].
            camera_position: [1, 3] camera centre in the world, metres.
            ablation: parts to leave out.
        """
        parts = ablation or Ablation()
        texture: Tensor = self.neural_texture()
        if parts.view:
            texture = texture + self.view_texture(tiled_view(camera_position))
        if parts.dynamic:
            texture = texture + self.dynamic_texture(driving)
        return texture

    def pixel_colours(self, texels: Tensor, uv: Tensor, places: Tensor | None = None) -> Tensor:
        """Colours [M, 3] 0..1.

        Args:
            texels: [M, C].
            uv: [M, 2] in -1..1.
            places: [M, 3] world, metres; needed when the configuration has `xyz_cond`.
        """
        latents = [self.pe(uv), texels]
        if self.config.xyz_cond:
            if places is None:
                raise ShapeError("places: this pixel decoder wants to know them")
            latents.insert(0, places)
        colours: Tensor = self.head_mlp(torch.cat(latents, -1))
        return colours
