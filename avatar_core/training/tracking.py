"""A capture's tracked head poses as something to learn.

Tracking is never exact: while the face is learnt, identity, expressions and poses may move a
little, by the gradient of the picture's losses through the posed mesh and the decoders' input.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.5 and the released trainer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from avatar_core.heads.flame import FlameHead
from avatar_core.mega.posing import PoseTensors, TorchHead, torch_head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import HeadParameters, ParametricHead
    from avatar_core.training.captures import CaptureFrame


@dataclass(frozen=True, slots=True)
class TrackingRates:
    """Learning rates of tracked poses; the published ones.

    Args:
        shape: of the identity.
        expression: of the expressions.
        pose: of the joints' axis-angles.
        translation: of the heads' places.
    """

    shape: float = 1e-5
    expression: float = 1e-3
    pose: float = 1e-5
    translation: float = 1e-6


class TrackedPoses(nn.Module):
    """Poses [T] that learn, one for every pose that frames share; the identity is common to all.

    A pose that brings an identity of its own keeps it as it is.
    """

    def __init__(
        self,
        head: ParametricHead,
        frames: Iterable[CaptureFrame],
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        by_id = {id(f.parameters): f for f in sorted(frames, key=lambda f: f.timestep)}
        poses = [frame.parameters for frame in by_id.values()]
        self.shape = nn.Parameter(torch.from_numpy(_identity(head)))
        self.expression = nn.Parameter(_stacked([p.expression for p in poses]))
        joints = _stacked([p.joints for p in poses])
        self.rotation = nn.Parameter(joints[:, :1].clone())
        self.turns = nn.Parameter(joints[:, 1:].clone())
        self.translation = nn.Parameter(_stacked([p.translation for p in poses]))
        self._own_shape = nn.ParameterDict(
            {
                str(row): nn.Parameter(torch.tensor(p.shape), requires_grad=False)
                for row, p in enumerate(poses)
                if p.shape is not None
            }
        )
        self._rows = {key: row for row, key in enumerate(by_id)}
        # Keeps every pose alive, so that no other can get its id.
        self._poses = poses
        self._head: TorchHead = torch_head(head, device)
        self.to(device)

    def knows(self, parameters: HeadParameters) -> bool:
        """Whether this very pose, not an equal one, learns."""
        return id(parameters) in self._rows

    def tensors(self, parameters: HeadParameters) -> PoseTensors:
        """What the pose has become."""
        row = self._rows[id(parameters)]
        own = str(row) in self._own_shape
        return PoseTensors(
            self.expression[row],
            torch.cat([self.rotation[row], self.turns[row]]),
            self.translation[row],
            self._own_shape[str(row)] if own else self.shape,
        )

    def posed(self, tensors: PoseTensors) -> Tensor:
        """[V, 3] metres, with gradients."""
        return self._head.pose(tensors)

    @torch.no_grad()
    def head_of(self, head: ParametricHead) -> ParametricHead:
        """The head with the identity it has now; other heads than FLAME have none of their own."""
        if not isinstance(head, FlameHead):
            return head
        return replace(head, shape=_array(self.shape))

    @torch.no_grad()
    def arrays(self) -> dict[str, AnyArray]:
        """All poses by timestep, under the names of `flame_params.npz`; for five joints."""
        neck, jaw, left, right = (_array(self.turns[:, joint]) for joint in range(4))
        return {
            "shape": _array(self.shape)[None],
            "expr": _array(self.expression),
            "rotation": _array(self.rotation[:, 0]),
            "neck_pose": neck,
            "jaw_pose": jaw,
            "eyes_pose": np.concatenate([left, right], 1),
            "translation": _array(self.translation),
        }


def _identity(head: ParametricHead) -> Float32:
    if isinstance(head, FlameHead):
        return head.shape.copy()
    return np.zeros(len(getattr(head, "shape_names", ())), np.float32)


def _stacked(rows: list[Float32]) -> Tensor:
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def _array(values: Tensor) -> Float32:
    array: Float32 = values.detach().cpu().numpy().copy()
    return array
