"""The avatar with a neural face and deforming hair, evaluated with torch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from avatar_core.frame import AvatarFrame, NeuralTextures
from avatar_core.mega.assets import model_of
from avatar_core.mega.decoders import tiled_view
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.geometry import Camera, Float16
    from avatar_core.project.asset import AvatarAsset

_FRONT = (0.0, 0.0, 1.0)


class NeuralAvatar:
    """Poses and displaces the mesh, deforms the hair, decodes the moving parts of the texture."""

    def __init__(self, asset: AvatarAsset) -> None:
        self.asset = asset
        self._model = model_of(asset)
        self._front = torch.tensor([_FRONT])

    @torch.inference_mode()
    def evaluate(
        self,
        motion: MotionFrame,
        camera: Camera | None = None,
        *,
        captured_s: float | None = None,
        stage_ms: dict[str, float] | None = None,
    ) -> AvatarFrame:
        """See `Avatar.evaluate`; adds the stages "pose" and "decode"."""
        started = time.perf_counter()
        model = self._model
        posed = model.posed(
            self.asset.head.parameters_from_arkit(
                ARKIT_UNITS,
                motion.weights,
                motion.head_rotation,
                motion.head_translation,
                motion.gaze,
            )
        )
        vertices = model.displaced(posed)
        deformed = model.deformed_hair(posed)[0]
        hair = deformed.activated()
        posed_at = time.perf_counter()
        seen = self._front if camera is None else model.view_position(posed, camera)
        textures = NeuralTextures(
            _grouped(model.networks.view_texture(tiled_view(seen))),
            _grouped(model.networks.dynamic_texture(posed.driving)),
        )
        stages = dict(stage_ms or {})
        stages["pose"] = 1000 * (posed_at - started)
        stages["decode"] = 1000 * (time.perf_counter() - posed_at)
        return AvatarFrame(
            motion=motion,
            vertices=vertices.numpy(),
            hair_means=hair.means.numpy(),
            hair_quats=hair.quats.numpy(),
            hair_turn=np.ascontiguousarray(posed.hair_from_canonical[:, :3].numpy()),
            hair_scales=hair.scales.numpy(),
            hair_opacities=hair.opacities.numpy(),
            hair_constants=deformed.features_dc.numpy(),
            displacements=(vertices - posed.vertices).numpy(),
            neural=textures,
            stage_ms=stages,
            captured_s=captured_s,
        )


def _grouped(texture: Tensor) -> Float16:
    """[1, C, H, W] as [C / 4 rounded up, H, W, 4] half floats."""
    channels = texture.shape[1]
    padded = functional.pad(texture[0], (0, 0, 0, 0, 0, -channels % 4))
    grouped = padded.view(-1, 4, *padded.shape[1:]).permute(0, 2, 3, 1)
    return np.asarray(grouped.half().contiguous().numpy())
