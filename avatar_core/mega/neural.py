"""The avatar with a neural face and deforming hair, evaluated with torch."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

from avatar_core.frame import AvatarFrame, NeuralTextures
from avatar_core.mega.assets import model_of
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.decoding import KeptTexture, angle_between, arrays_of, largest_difference
from avatar_core.mega.deformation import BoundDeformation
from avatar_core.mega.driven import driven_parameters
from avatar_core.mega.folded import folded
from avatar_core.mega.surface import displaced_vertices
from avatar_core.mega.tolerance import EXACT, DecodeTolerance

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.geometry import Camera
    from avatar_core.mega.model import MegaModel, PosedHead
    from avatar_core.motion import MotionFrame
    from avatar_core.project.asset import AvatarAsset

_FRONT = (0.0, 0.0, 1.0)


class _Shape(NamedTuple):
    """Mesh and hair of one motion sample.

    Args:
        posed: the head.
        frame: all that is not its look.
        is_behind: half of the hair's offsets, or the look, are those of the sample before.
    """

    posed: PosedHead
    frame: AvatarFrame
    is_behind: bool


class _Look(NamedTuple):
    """The moving parts of the texture, and what decoding them took."""

    textures: NeuralTextures
    took_ms: float


class NeuralAvatar:
    """Poses and displaces the mesh, deforms the hair, decodes the moving parts of the texture.

    In a hurry, the hair's offsets are made anew for one half of it and then the other, and the
    texture for every second motion. Mesh and the hair's ride on the head are those of the motion.

    Args:
        asset: with a neural face.
        tolerance: how far the texture may lag behind; mesh and hair never do.
        device: `cpu`, `cuda` or another of torch's; `auto` is CUDA where there is any. Textures
            that need not be exact are decoded in half precision there.
        reduce_to: rows and columns to average the moving texture down to, a power of two, where a
            graphics card cannot hold more; None for all of them.

    Raises:
        WeightsError: the weights of the face do not fit.
    """

    def __init__(
        self,
        asset: AvatarAsset,
        tolerance: DecodeTolerance = EXACT,
        *,
        device: str = "auto",
        reduce_to: int | None = None,
    ) -> None:
        self.asset = asset
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model_of(asset).to(device)
        # One thread for all frames: starting one anew for each takes a tenth of a frame.
        has_cores = device == "cpu" and (os.cpu_count() or 1) > 1
        self._aside = ThreadPoolExecutor(1, "decode") if has_cores else None
        self._front = torch.tensor([_FRONT], device=device)
        self._shape: _Shape | None = None
        self._look: _Look | None = None
        self._half = 0
        networks = self._model.networks
        half = self._model.device.type == "cuda" and tolerance != EXACT
        view = folded(networks.view_texture, half=half)
        dynamic = folded(networks.dynamic_texture, half=half)
        self._view = KeptTexture(
            lambda direction: view.texels(tiled_view(direction)),
            angle_between,
            tolerance.view_rad,
            reduce_to,
        )
        self._dynamic = KeptTexture(
            dynamic.texels, largest_difference, tolerance.driving, reduce_to
        )
        self._displacement = folded(networks.disp_decoder)
        self._deformation = BoundDeformation(networks.deform_mlp, networks.canonical_gs.raw().xyz)

    @torch.inference_mode()
    def evaluate(
        self,
        motion: MotionFrame,
        camera: Camera | None = None,
        *,
        captured_s: float | None = None,
        stage_ms: dict[str, float] | None = None,
        is_hurried: bool = False,
    ) -> AvatarFrame:
        """See `Avatar.evaluate`; adds the stages "pose", "hair" and "decode"."""
        stages = dict(stage_ms or {})
        shape = self._shape
        if shape is not None and shape.frame.motion is motion and not shape.is_behind:
            self._look = self._decoded(shape.posed, camera)
        else:
            shape = self._perform(motion, camera, is_hurried=is_hurried)
            stages |= shape.frame.stage_ms
        assert self._look is not None
        textures, stages["decode"] = self._look
        return replace(shape.frame, neural=textures, stage_ms=stages, captured_s=captured_s)

    @property
    def is_behind(self) -> bool:
        """See `Avatar.is_behind`."""
        return self._shape is not None and self._shape.is_behind

    @torch.inference_mode()
    def is_seen_anew(self, camera: Camera) -> bool:
        """See `Avatar.is_seen_anew`: when the view direction left the tolerance."""
        if self._shape is None:
            return True
        return not self._view.holds(_direction(self._model, self._shape.posed, camera))

    def _perform(self, motion: MotionFrame, camera: Camera | None, *, is_hurried: bool) -> _Shape:
        """A motion's shape and look, made beside one another where there are cores for both."""
        started = time.perf_counter()
        posed = self._model.posed(driven_parameters(self.asset.head, motion))
        is_hurried = is_hurried and self._shape is not None
        self._half = 1 - self._half
        shaped = partial(self._shaped, motion, posed, started, self._half if is_hurried else None)
        if is_hurried and self._half and self._look is not None:
            self._look = self._look._replace(took_ms=0.0)
            self._shape = shaped()
        elif self._aside is None:
            self._shape, self._look = shaped(), self._decoded(posed, camera)
        else:
            look = self._aside.submit(self._decoded, posed, camera)
            self._shape, self._look = shaped(), look.result()
        return self._shape

    @torch.inference_mode()
    def _decoded(self, posed: PosedHead, camera: Camera | None) -> _Look:
        started = time.perf_counter()
        seen = self._front if camera is None else _direction(self._model, posed, camera)
        textures = NeuralTextures(self._view.of(seen), self._dynamic.of(posed.driving))
        return _Look(textures, _ms_since(started))

    def _shaped(
        self, motion: MotionFrame, posed: PosedHead, started: float, half: int | None
    ) -> _Shape:
        model = self._model
        vertices = self._displaced(posed)
        posed_at = time.perf_counter()
        deformed = model.deformed_hair(posed, self._deformation.offsets(posed.expression, half))[0]
        hair = deformed.activated()
        arrays = arrays_of(
            [
                vertices,
                vertices - posed.vertices,
                hair.means,
                hair.quats,
                hair.scales,
                hair.opacities,
                deformed.features_dc,
                posed.hair_from_canonical[:, :3].contiguous(),
            ]
        )
        vertices_m, displacements, means, quats, scales, opacities, constants, turn = arrays
        return _Shape(
            posed,
            AvatarFrame(
                motion=motion,
                vertices=vertices_m,
                hair_means=means,
                hair_quats=quats,
                hair_turn=turn,
                hair_scales=scales,
                hair_opacities=opacities,
                hair_constants=constants,
                displacements=displacements,
                stage_ms={
                    "pose": 1000 * (posed_at - started),
                    "hair": _ms_since(posed_at),
                },
            ),
            is_behind=half is not None,
        )

    def _displaced(self, posed: PosedHead) -> Tensor:
        networks, options = self._model.networks, self._model.options
        decoder = networks.disp_decoder
        code = decoder.z_fc(posed.driving)
        return displaced_vertices(
            self._model.surface,
            networks,
            posed.vertices,
            posed.driving,
            move_eyes=options.eyes_moved,
            decoded=(
                self._displacement.map(posed.driving),
                decoder.lefteye_fc(code),
                decoder.righteye_fc(code),
            ),
        )


def _direction(model: MegaModel, posed: PosedHead, camera: Camera) -> Tensor:
    """[1, 3] unit vector to the camera, as the view decoder is told."""
    return functional.normalize(model.view_position(posed, camera), dim=-1)


def _ms_since(started_s: float) -> float:
    return 1000 * (time.perf_counter() - started_s)
