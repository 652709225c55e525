"""Head motion from sound: a transformer over overlapping segments, judged by two critics.

There is no honest data to train it with here, so the studio's own head motion follows the melody
of speech by rule (`driving.speech.prosody`). Whoever has filmed heads can train this one:
`training.head_motion_training`.

Source:
    Drobyshev et al. 2024, EMOPortraits, arXiv:2404.19110, supplement, head motion from audio.
    Widths and depths are only in a figure there; those here are our choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MOTION = 9
"""Numbers of a moment: a rotation in six, a translation in three."""

PATCH = 8
"""Moments that the local critic sees at once."""


@dataclass(frozen=True, slots=True)
class HeadMotionShape:
    """Sizes of the generator and its critics.

    Args:
        audio: numbers of a moment of sound: log-mel bands, or an encoder's features.
        width: of the transformer and the critics.
        heads, layers: of the transformer.
        blocks: residual blocks behind it.
        segment: moments that it sees at once.
        overlap: moments that neighbouring segments share and are blended over.
    """

    audio: int
    width: int = 128
    heads: int = 4
    layers: int = 3
    blocks: int = 3
    segment: int = 100
    overlap: int = 20


class HeadMotionGenerator(nn.Module):
    """Sound to the turns and shifts of a head, relative to its reference frame.

    Args:
        shape: its sizes.
    """

    def __init__(self, shape: HeadMotionShape) -> None:
        super().__init__()
        self.shape = shape
        self.audio_in = nn.Linear(shape.audio, shape.width)
        layer = nn.TransformerEncoderLayer(
            shape.width,
            shape.heads,
            2 * shape.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False)
        self.blocks = nn.Sequential(*(ResidualBlock(shape.width) for _ in range(shape.blocks)))
        last = nn.Linear(shape.width, MOTION)
        self.motion_out = nn.Sequential(nn.Linear(shape.width, shape.width), nn.GELU(), last)
        # The head begins still: no turn, no shift.
        nn.init.normal_(last.weight, std=1e-3)
        with torch.no_grad():
            last.bias.copy_(still_motion())

    def forward(self, audio: Tensor) -> Tensor:
        """Motion [B, T, 9] for one segment of sound [B, T, audio]; translations in metres."""
        places = _places(audio.shape[1], self.shape.width, audio)
        x = self.encoder(self.audio_in(audio) + places)
        x = self.blocks(x.transpose(1, 2)).transpose(1, 2)
        motion: Tensor = self.motion_out(x)
        return motion

    @torch.inference_mode()
    def whole(self, audio: Tensor) -> Tensor:
        """Motion [T, 9] for sound [T, audio] of any length: segments blended where they overlap."""
        count, size = len(audio), self.shape.segment
        if count <= size:
            return self(audio[None])[0] if count else audio.new_zeros(0, MOTION)
        step = size - self.shape.overlap
        starts = [*range(0, count - size, step), count - size]
        segments = self(torch.stack([audio[start : start + size] for start in starts]))
        ramp = torch.arange(1, size + 1, device=audio.device, dtype=audio.dtype)
        weight = torch.minimum(ramp, ramp.flip(0)).clamp(max=self.shape.overlap + 1)[:, None]
        total = audio.new_zeros(count, MOTION)
        shares = audio.new_zeros(count, 1)
        for start, segment in zip(starts, segments, strict=True):
            total[start : start + size] += weight * segment
            shares[start : start + size] += weight
        return total / shares


class LocalCritic(nn.Module):
    """Scores [B, T - 7] of every eight moments of motion [B, T, 9]: does a head move like that?

    Args:
        shape: sizes.
    """

    def __init__(self, shape: HeadMotionShape) -> None:
        super().__init__()
        width = shape.width
        self.layers = nn.Sequential(
            nn.Conv1d(MOTION, width, 4),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, width, 3),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, width, 3),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, 1, 1),
        )

    def forward(self, motion: Tensor) -> Tensor:
        """The scores."""
        scores: Tensor = self.layers(motion.transpose(1, 2))[:, 0]
        return scores


class GlobalCritic(nn.Module):
    """Scores [B] of whole motions [B, T, 9] beside their sound: do they belong together?

    Args:
        shape: sizes.
    """

    def __init__(self, shape: HeadMotionShape) -> None:
        super().__init__()
        width = shape.width
        self.motion_in = nn.Conv1d(MOTION, width, 1)
        self.audio_in = nn.Conv1d(shape.audio, width, 1)
        self.motion_blocks = nn.Sequential(ResidualBlock(width), ResidualBlock(width))
        self.both_blocks = nn.Sequential(ResidualBlock(2 * width))
        self.judge = nn.Sequential(
            nn.Linear(2 * width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1)
        )

    def forward(self, motion: Tensor, audio: Tensor) -> Tensor:
        """The scores."""
        moved = self.motion_blocks(self.motion_in(motion.transpose(1, 2)))
        heard = self.audio_in(audio.transpose(1, 2))
        both = self.both_blocks(torch.cat([moved, heard], dim=1))
        scores: Tensor = self.judge(both.mean(-1))[:, 0]
        return scores


class ResidualBlock(nn.Module):
    """Two convolutions over time that add to what they read; no norm, as WGAN-GP wants it.

    Args:
        width: channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(width, width, 3, padding=1)
        self.second = nn.Conv1d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, width, T] to the same."""
        made: Tensor = x + self.second(functional.leaky_relu(self.first(x), 0.2))
        return made


def rotations_of(motion: Tensor) -> Tensor:
    """Rotation matrices [..., 3, 3] of motions [..., 9], by Gram-Schmidt on two columns.

    Source:
        Zhou et al. 2019, On the Continuity of Rotation Representations, arXiv:1812.07035, eq. 15.
    """
    first = functional.normalize(motion[..., 0:3], dim=-1)
    second = motion[..., 3:6]
    second = second - (first * second).sum(-1, keepdim=True) * first
    second = functional.normalize(second, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def translations_of(motion: Tensor) -> Tensor:
    """Translations [..., 3], metres, of motions [..., 9]."""
    return motion[..., 6:9]


def motion_of(rotations: Tensor, translations: Tensor) -> Tensor:
    """Motions [..., 9] of matrices [..., 3, 3] and translations [..., 3], metres."""
    return torch.cat([rotations[..., 0], rotations[..., 1], translations], dim=-1)


def still_motion() -> Tensor:
    """[9] of a head that neither turns nor moves."""
    return motion_of(torch.eye(3), torch.zeros(3))


def _places(count: int, width: int, like: Tensor) -> Tensor:
    """[T, width] sines and cosines that say which moment is which.

    Source:
        Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762, section 3.5.
    """
    rates = torch.exp(torch.arange(0, width, 2, device=like.device) * (-math.log(10_000) / width))
    angles = torch.arange(count, device=like.device)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).to(like.dtype)
