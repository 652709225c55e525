"""Statistics of batch norm, measured once over a whole capture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from avatar_core.mega.decoders import tiled_view

if TYPE_CHECKING:
    from avatar_core.mega.model import MegaModel
    from avatar_core.training.captures import CaptureFrame

_MOST_MEASURED = 2_048
_BATCH = 8
_MOMENTUM = 0.1


@torch.no_grad()
def measure_statistics(model: MegaModel, frames: tuple[CaptureFrame, ...]) -> None:
    """Set the statistics of the decoders to those over all expressions and views of the frames.

    The decoders are left in evaluation mode. Of very many frames an even selection is measured.
    """
    frames = frames[:: math.ceil(len(frames) / _MOST_MEASURED)]
    posed = [model.posed(frame.parameters) for frame in frames]
    driving = torch.cat([p.driving for p in posed])
    views = torch.cat(
        [model.view_position(p, f.camera) for p, f in zip(posed, frames, strict=True)]
    )
    networks = model.networks
    inputs = (
        (networks.dynamic_texture, driving.unique(dim=0)),
        (networks.disp_decoder, driving.unique(dim=0)),
        (networks.view_texture, tiled_view(views).contiguous()),
    )
    for network, batch in inputs:
        norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        network.train()
        for part in batch.split(_BATCH):
            network(part)
        network.eval()
        for norm in norms:
            norm.momentum = _MOMENTUM
