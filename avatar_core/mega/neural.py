"""The avatar with a neural face and deforming hair, evaluated with torch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.frame import AvatarFrame
from avatar_core.mega.assets import decoded_look, model_of
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset

_FRONT = (0.0, 0.0, 1.0)


class NeuralAvatar:
    """Poses and displaces the mesh, deforms the hair, decodes the face's look over its atlas.

    The viewport draws the look as a texture.
    """

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
        hair = model.deformed_hair(posed)[0].activated()
        posed_at = time.perf_counter()
        seen = self._front if camera is None else model.view_position(posed, camera)
        look = decoded_look(model, posed.driving, seen)
        stages = dict(stage_ms or {})
        stages["pose"] = 1000 * (posed_at - started)
        stages["decode"] = 1000 * (time.perf_counter() - posed_at)
        return AvatarFrame(
            motion=motion,
            vertices=vertices.numpy(),
            hair_means=hair.means.numpy(),
            hair_quats=hair.quats.numpy(),
            hair_turn=np.ascontiguousarray(posed.hair_from_canonical[:, :3].numpy()),
            face_texture=look,
            stage_ms=stages,
            captured_s=captured_s,
        )
