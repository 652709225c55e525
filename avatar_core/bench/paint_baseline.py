"""Painting as the published scripts do it, to compare with: optimise until the picture fits.

Source:
    Wang et al., MeGA, arXiv:2404.19026, and its released painting script: 2000 epochs over one
    painted view and untouched ones, one view a step; Adam with 0.01 on the texture and 1e-4 on the
    pixel decoder; after each step texels outside the painted set are put back, the decoder is not
    held. View and dynamic textures are decoded once here, with the statistics they were trained to;
    the script decodes them anew each step, and lets their statistics drift.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from avatar_core.bench.paint_views import FaceView, basic_texels, face_view
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.geometry import Float32
    from avatar_core.mega.model import MegaModel

EPOCHS = 2000
SIZE_PX = 320

_TEXTURE_RATE, _DECODER_RATE = 0.01, 1e-4
_ELSEWHERE_WEIGHT = 1.0
_ELSEWHERE_STEP = 4
"""Every so many pixels that are not painted are compared, to save time."""

_UNTOUCHED: tuple[tuple[float, float, dict[str, float]], ...] = (
    (0.35, 0.0, {}),
    (-0.35, 0.0, {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}),
    (0.65, 0.1, {"jawOpen": 0.6}),
    (-0.65, 0.1, {"browInnerUp": 0.8, "eyeBlinkLeft": 0.6, "eyeBlinkRight": 0.6}),
    (0.15, 0.25, {"mouthPucker": 0.9}),
    (-0.15, -0.2, {"cheekPuff": 0.8, "noseSneerLeft": 0.5}),
    (0.0, 0.1, {"browDownLeft": 0.8, "browDownRight": 0.8, "mouthFrownLeft": 0.6}),
)
"""Yaw and pitch of the camera, and the expression."""


SETTINGS: dict[str, Any] = {
    "epochs": EPOCHS,
    "painted_views": 1,
    "untouched_views": len(_UNTOUCHED),
    "size_px": SIZE_PX,
    "batch": 1,
    "texture_rate": _TEXTURE_RATE,
    "decoder_rate": _DECODER_RATE,
    "weight_elsewhere": _ELSEWHERE_WEIGHT,
    "elsewhere_every": _ELSEWHERE_STEP,
    "batch_norm": "trained statistics",
}
"""What a complete run says of itself."""


class _Compared(NamedTuple):
    """The pixels of a view that a loss looks at, the painted ones first."""

    view: FaceView
    painted: int
    wanted: Tensor


class OfficialPainting:
    """The published procedure on one avatar and paint.

    Args:
        model: the avatar; not written to.
        paint: [S, S, 4] premultiplied display RGB and coverage at the texture's own texels.
        size_px: side of the pictures.
    """

    def __init__(self, model: MegaModel, paint: Float32, size_px: int = SIZE_PX) -> None:
        self.model = replace(model, networks=copy.deepcopy(model.networks))
        self._start = basic_texels(model)
        self.texture = torch.nn.Parameter(self._start.clone())
        front = face_view(model, paint, MotionFrame(), 0.0, 0.0, size_px)
        self._views = [_compared(model, front, self._start, is_edited=True)]
        for yaw, pitch, units in _UNTOUCHED:
            motion = MotionFrame.from_units(**units)
            view = face_view(model, paint, motion, yaw, pitch, size_px)
            self._views.append(_compared(model, view, self._start, is_edited=False))
        self._outside = ~_reached(front, len(self._start))
        decoder = list(self.model.networks.head_mlp.parameters())
        for parameter in decoder:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.Adam(
            [
                {"params": [self.texture], "lr": _TEXTURE_RATE},
                {"params": decoder, "lr": _DECODER_RATE},
            ],
            fused=True,
        )
        self.epoch = 0

    @property
    def changed_texels(self) -> int:
        """How many texels it may change."""
        return int((~self._outside).sum())

    def run_epoch(self) -> float:
        """Once over the views; the mean loss."""
        total = 0.0
        for compared in self._views:
            colours = compared.view.colours(self.model, self.texture)
            errors = (colours - compared.wanted).norm(dim=-1)
            loss = _ELSEWHERE_WEIGHT * errors[compared.painted :].mean()
            if compared.painted:
                loss = loss + errors[: compared.painted].mean()
            self._optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            self._optimizer.step()
            with torch.no_grad():
                self.texture[self._outside] = self._start[self._outside]
            total += float(loss.detach())
        self.epoch += 1
        return total / len(self._views)

    def state(self) -> dict[str, Any]:
        """Everything it takes to go on."""
        return {
            "epoch": self.epoch,
            "texture": self.texture.detach(),
            "decoder": self.model.networks.head_mlp.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        with torch.no_grad():
            self.texture.copy_(state["texture"])
        self.model.networks.head_mlp.load_state_dict(state["decoder"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]


@torch.no_grad()
def _compared(model: MegaModel, view: FaceView, basic: Tensor, *, is_edited: bool) -> _Compared:
    """Painted pixels count where the view was edited; elsewhere the picture should stay."""
    painted = torch.nonzero(view.is_painted)[:, 0]
    elsewhere = torch.nonzero(~view.is_painted)[::_ELSEWHERE_STEP, 0]
    if not is_edited:
        painted = painted[:0]
    chosen = torch.cat([painted, elsewhere])
    part = view.at(chosen)
    wanted = part.colours(model, basic)
    wanted[: len(painted)] = part.intended[: len(painted)]
    return _Compared(part, len(painted), wanted)


def _reached(view: FaceView, size: int) -> Tensor:
    """[S, S] texels that painted pixels of a view lie between."""
    place = 0.5 * (view.uv[view.is_painted] + 1.0) * (size - 1)
    low = place.floor().long().clamp(0, size - 2)
    reached = torch.zeros(size, size, dtype=torch.bool)
    for row in (0, 1):
        for column in (0, 1):
            reached[low[:, 1] + row, low[:, 0] + column] = True
    return reached
