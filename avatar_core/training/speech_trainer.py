"""Trains a speech model; resumable at any step."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from avatar_core.driving.speech.model_file import SpeechModel
from avatar_core.driving.speech.network import NetworkShape
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.motion.mouth_space import MouthSpace
from avatar_core.training.devices import chosen_device
from avatar_core.training.run_state import (
    expect_fitting_moments,
    load_checkpoint,
    save_checkpoint,
)
from avatar_core.training.speech_batch import BatchSettings, random_mouths
from avatar_core.training.speech_lessons import MelLessons
from avatar_core.training.speech_losses import MouthJudge, SpeechWeights
from avatar_core.training.speech_network import SpeechNetwork
from avatar_core.training.speech_sounds import SoundSettings
from avatar_core.training.trainer import SteppedTrainer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.training.speech_data import Utterance
    from avatar_core.training.speech_lessons import Lessons

STAGE = "speech"
_LARGEST_GRADIENT = 1.0
_WARM_UP = 100


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """A run.

    Args:
        seed: of everything that chance decides.
        steps: in all.
        rate: learning rate after the warm-up; it falls to nothing along a cosine.
        coordinates: of the mouth.
        channels: of the audio encoder.
        batch: what a step learns from.
        weights: of the terms of the loss.
        versions: of each utterance that Whisper hears, where the model hears through it.
        checkpoint_every: steps.
        device: "cpu", "cuda" or "auto", CUDA where there is any.
    """

    seed: int = 7
    steps: int = 2500
    rate: float = 2e-3
    weight_decay: float = 1e-2
    coordinates: int = 14
    channels: int = 160
    batch: BatchSettings = field(default_factory=lambda: BatchSettings(sounds=SoundSettings()))
    weights: SpeechWeights = field(default_factory=SpeechWeights)
    versions: int = 2
    checkpoint_every: int = 200
    device: str = "cpu"


class SpeechTrainer(SteppedTrainer[SpeechSettings]):
    """A run of training.

    Args:
        utterances: to learn from.
        settings: of the run.
        folder: gets checkpoints and the log.
        lessons: what steps learn from; log-mel features of the utterances when left out.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        settings: SpeechSettings,
        folder: Path,
        lessons: Lessons | None = None,
    ) -> None:
        self.utterances = utterances
        self.lessons: Lessons = lessons or MelLessons(utterances, settings.batch)
        super().__init__(STAGE, settings, folder)
        self._device = chosen_device(settings.device)
        torch.manual_seed(settings.seed)
        rng = np.random.default_rng(settings.seed)
        shape = NetworkShape(
            settings.coordinates, len(Viseme), settings.channels, whisper=self.lessons.width
        )
        self.space = MouthSpace.of(random_mouths(utterances, rng), shape.coordinates)
        self.network = SpeechNetwork(shape)
        mean, scale = self.lessons.statistics()
        self.network.feature_mean.copy_(torch.from_numpy(mean))
        self.network.feature_scale.copy_(torch.from_numpy(scale))
        self._feature_mean = mean
        self.network.to(self._device)
        self._judge = MouthJudge(self.space, settings.weights, self._device)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), settings.rate, weight_decay=settings.weight_decay
        )

    def resume(self) -> bool:
        found = load_checkpoint(self.folder)
        if found is None:
            return False
        self.state, tensors = found
        if bytes(torch.as_tensor(tensors.get("encoder", [])).tolist()) != self._encoder_digest():
            raise ValueError("the run hears through another encoder")
        self.network.load_state_dict(tensors["network"])
        self._optimizer.load_state_dict(tensors["optimizer"])
        expect_fitting_moments(self._optimizer)
        mean, basis, scale = (tensors["space"][k].cpu().numpy() for k in ("mean", "basis", "scale"))
        # More speech may lie there by now, whose mouths would span another space.
        self._feature_mean = self.network.feature_mean.cpu().numpy()
        self.space = MouthSpace(mean, basis, scale)
        self._judge = MouthJudge(self.space, self.settings.weights, self._device)
        return True

    def save(self) -> None:
        space = self.space
        tensors: dict[str, Any] = {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "space": {
                name: torch.from_numpy(array)
                for name, array in (
                    ("mean", space.mean),
                    ("basis", space.basis),
                    ("scale", space.scale),
                )
            },
        }
        if self.lessons.encoder is not None:
            tensors["encoder"] = torch.tensor(list(self._encoder_digest()), dtype=torch.uint8)
        save_checkpoint(self.folder, self.state, tensors)

    def model(self, about: dict[str, Any]) -> SpeechModel:
        """What is learnt so far, ready to speak."""
        weights = {
            name: value.detach().cpu().numpy().copy()
            for name, value in self.network.state_dict().items()
        }
        return SpeechModel(self.network.shape, weights, self.space, about, self.lessons.encoder)

    def plain_settings(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self.settings)

    def _encoder_digest(self) -> bytes:
        """Says which encoder the model hears through; empty for none."""
        encoder = self.lessons.encoder
        return b"" if encoder is None else bytes.fromhex(encoder.sha256)

    def _one_step(self) -> dict[str, float]:
        started_s = time.perf_counter()
        step = self.state.step
        rng = np.random.default_rng((self.settings.seed, step))
        batch = self.lessons.batch(self._feature_mean, rng).to(self._device)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate(step)
        heard = self.network.hear(batch.features)
        rest = self._judge.coordinates_of(batch.rest)
        mouth = self._judge.coordinates_of(batch.before)
        spoken = self.network.speak(heard, rest, mouth)
        scores = self.network.visemes(heard)
        terms = self._judge.terms(spoken, scores, batch.weights, batch.visemes)
        total = torch.stack(list(terms.values())).sum()
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        right = (scores.argmax(-1) == batch.visemes).float().mean()
        self.state.step += 1
        self.state.seconds += time.perf_counter() - started_s
        losses = {name: round(float(value.detach()), 5) for name, value in terms.items()}
        return losses | {"total": round(float(total.detach()), 5), "right": round(float(right), 4)}

    def _rate(self, step: int) -> float:
        progress = step / max(self.settings.steps, 1)
        falling = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        return self.settings.rate * min(1.0, (step + 1) / _WARM_UP) * falling
