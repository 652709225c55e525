"""A referee for portraits: reads expression, head and identity from pictures, on its own.

It is trained on true pictures of the training people alone and knows nothing of the model that it
judges: neither its networks, nor its poses, nor what it draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.errors import WeightsError
from avatar_core.mega.checkpoint import load_weights_only
from avatar_core.motion import ARKIT_UNITS
from avatar_core.training.portrait_batch import Sampling, draw_batch, joined

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_data import People

READER_PX = 128
"""Side of the pictures it reads; others are brought to it."""

_WIDTHS = (24, 48, 96, 160, 192)
_IDENTITY = 48
_SEED = 1971
_PEOPLE = 16
_VIEWS = 2
_RATE = 2e-3
_SHARPNESS = 12.0
_AGAIN = "Delete it, and it is made again."


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is read from B pictures.

    Args:
        weights: [B, 52].
        rotation: [B, 3, 3] of the head, canonical from image space.
        identity: [B, 48] unit vectors, near each other for pictures of one person.
    """

    weights: Tensor
    rotation: Tensor
    identity: Tensor


class RenderReader(nn.Module):
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
        cells = (READER_PX >> len(_WIDTHS)) ** 2
        # Faces have most in common; what differs is what counts.
        self.motion = nn.Sequential(
            nn.Flatten(),
            nn.BatchNorm1d(inputs * cells, affine=False),
            nn.Linear(inputs * cells, 256),
            nn.SiLU(),
            nn.Linear(256, len(ARKIT_UNITS) + 6),
        )
        self.identity = nn.Linear(inputs, _IDENTITY)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights [B, 52], two columns of a rotation [B, 6], identity [B, 48]; of 128 pixels."""
        features = self.features(images - 0.5)
        motion = self.motion(features)
        identity = functional.normalize(self.identity(features.mean((2, 3))), dim=1)
        return motion[:, : len(ARKIT_UNITS)], motion[:, len(ARKIT_UNITS) :], identity

    def read(self, images: Tensor) -> Reading:
        """Read pictures [B, 3, S, S] in 0..1."""
        with torch.inference_mode():
            size = (READER_PX, READER_PX)
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
            weights, columns, identity = self.eval()(images)
        return Reading(weights.clamp(0, 1), rotation_of(columns), identity)


def rotation_of(columns: Tensor) -> Tensor:
    """Rotations [B, 3, 3] of their first two columns [B, 6], made orthonormal (Gram-Schmidt).

    Source:
        Zhou et al. 2019, On the continuity of rotation representations, arXiv:1812.07035, sec. 4.
    """
    first = functional.normalize(columns[:, :3], dim=1)
    second = columns[:, 3:] - (columns[:, 3:] * first).sum(1, keepdim=True) * first
    second = functional.normalize(second, dim=1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], -1)


def true_rotation(theta: Tensor) -> Tensor:
    """Rotations [B, 3, 3] of poses [B, 4, 4] with one scale."""
    linear = theta[:, :3, :3]
    scale = torch.linalg.det(linear).abs().pow(1 / 3)
    rotation: Tensor = linear / scale[:, None, None]
    return rotation


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Angles [B] between rotations [B, 3, 3], degrees."""
    cosine: Tensor = ((first * second).sum((1, 2)) - 1) / 2
    return torch.rad2deg(torch.acos(cosine.clamp(-1, 1)))


def train_reader(
    people: People, steps: int, report: Callable[[int, int], None] | None = None
) -> RenderReader:
    """Train the referee on true pictures.

    Args:
        people: the training people; the model's test people must not be among them.
        steps: of 32 pictures each.
        report: called with (done, planned).
    """
    torch.manual_seed(_SEED)
    reader = RenderReader().train()
    faces = nn.Parameter(torch.randn(len(people), _IDENTITY))
    learning = [*reader.parameters(), faces]
    optimizer = torch.optim.AdamW(learning, _RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    for step in range(steps):
        batch, who = _labelled(people, step)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            answers = reader(batch.targets.flatten(0, 1))
        _error(answers, batch, who, faces).backward()
        optimizer.step()
        schedule.step()
        if report is not None:
            report(step + 1, steps)
    return reader.eval().requires_grad_(False)


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


def _error(
    answers: tuple[Tensor, Tensor, Tensor], batch: PortraitBatch, who: Tensor, faces: Tensor
) -> Tensor:
    weights, columns, identity = (answer.float() for answer in answers)
    motion = batch.motion.flatten(0, 1)[:, : len(ARKIT_UNITS)]
    turned = true_rotation(batch.theta.flatten(0, 1))
    wanted = torch.cat([turned[:, :, 0], turned[:, :, 1]], 1)
    scores = _SHARPNESS * identity @ functional.normalize(faces, dim=1).T
    return (
        20 * (weights - motion).square().mean()
        + 2 * (columns - wanted).square().mean()
        + 0.3 * functional.cross_entropy(scores, who)
    )


def save_reader(reader: RenderReader, path: Path) -> None:
    """Keep a referee for the next evaluation."""
    torch.save(reader.state_dict(), path)


def load_reader(path: Path) -> RenderReader:
    """A referee that was kept.

    Raises:
        WeightsError: the file is something else.
    """
    reader = RenderReader()
    try:
        reader.load_state_dict(load_weights_only(path, _AGAIN))
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(f"'{path.name}' holds no reader of portraits.", _AGAIN) from error
    return reader.eval().requires_grad_(False)
