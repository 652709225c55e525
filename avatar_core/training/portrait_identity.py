"""A referee for the identity of portraits, on its own.

It is trained to tell the training people apart by their true pictures, and knows nothing of the
model that it judges: neither its networks nor what it draws. On people it has never seen, pictures
of one are near each other and pictures of two are not; `evaluate-portrait` tells how far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.errors import WeightsError
from avatar_core.mega.checkpoint import load_weights_only
from avatar_core.training.portrait_batch import Sampling, draw_batch, joined

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_data import People

IDENTITY_PX = 128
"""Side of the pictures it looks at; others are brought to it."""

_WIDTHS = (24, 48, 96, 160, 192)
_IDENTITY = 48
_SEED = 1971
_PEOPLE = 16
_VIEWS = 2
_RATE = 2e-3
_SHARPNESS = 12.0
_AGAIN = "Delete it, and it is made again."


class IdentityReferee(nn.Module):
    """A plain network of strided convolutions; pictures have the person on green."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for width in _WIDTHS:
            layers += [
                nn.Conv2d(inputs, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.SiLU(),
                nn.Conv2d(width, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.SiLU(),
            ]
            inputs = width
        self.features = nn.Sequential(*layers)
        self.identity = nn.Linear(inputs, _IDENTITY)

    def forward(self, images: Tensor) -> Tensor:
        """Unit vectors [B, 48] of pictures [B, 3, 128, 128] in 0..1."""
        features = self.features(images - 0.5).mean((2, 3))
        return functional.normalize(self.identity(features).float(), dim=1)

    def describe(self, images: Tensor) -> Tensor:
        """Unit vectors [B, 48] of pictures [B, 3, S, S], near each other for one person."""
        with torch.inference_mode():
            size = (IDENTITY_PX, IDENTITY_PX)
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
            described: Tensor = self.eval()(images)
        return described


def train_identity(
    people: People, steps: int, report: Callable[[int, int], None] | None = None
) -> IdentityReferee:
    """Train the referee on true pictures.

    Args:
        people: the training people; the model's test people must not be among them.
        steps: of 32 pictures each.
        report: called with (done, planned).
    """
    torch.manual_seed(_SEED)
    referee = IdentityReferee().train()
    faces = nn.Parameter(torch.randn(len(people), _IDENTITY))
    learning = [*referee.parameters(), faces]
    optimizer = torch.optim.AdamW(learning, _RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    for step in range(steps):
        batch, who = _labelled(people, step)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            described = referee(batch.targets.flatten(0, 1))
        scores = _SHARPNESS * described @ functional.normalize(faces, dim=1).T
        functional.cross_entropy(scores, who).backward()
        optimizer.step()
        schedule.step()
        if report is not None:
            report(step + 1, steps)
    return referee.eval().requires_grad_(False)


def _labelled(people: People, step: int) -> tuple[PortraitBatch, Tensor]:
    """A batch and the number of each person in it."""
    draw = torch.Generator().manual_seed(_SEED + step)
    chosen = torch.randint(len(people), (_PEOPLE,), generator=draw)
    # Not mirrored: a mirrored person is another one.
    sampling = Sampling(people=1, drivers=_VIEWS - 1, mirrored=0.0, colours=0.1)
    parts = [
        draw_batch(people.only(people.names[index]), sampling, (_SEED, step, row))
        for row, index in enumerate(chosen.tolist())
    ]
    return joined(parts), chosen.repeat_interleave(_VIEWS)


def save_identity(referee: IdentityReferee, path: Path) -> None:
    """Keep a referee for the next evaluation."""
    torch.save(referee.state_dict(), path)


def load_identity(path: Path) -> IdentityReferee:
    """A referee that was kept.

    Raises:
        WeightsError: the file is something else.
    """
    referee = IdentityReferee()
    try:
        referee.load_state_dict(load_weights_only(path, _AGAIN))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(f"'{path.name}' holds no referee of identities.", _AGAIN) from error
    return referee.eval().requires_grad_(False)
