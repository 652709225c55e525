"""From a folder of utterances to a speech model: what the command line runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.features import LogMel
from avatar_core.driving.speech.model_file import SpeechModel, write_speech_model
from avatar_core.driving.speech.network import AudioEncoder, MotionDecoder, viseme_scores
from avatar_core.driving.speech.timing import HOP, LOOKAHEAD_HOPS
from avatar_core.errors import AssetError
from avatar_core.training.run_state import expect_no_run
from avatar_core.training.speech_data import Utterance, read_utterances
from avatar_core.training.speech_lessons import WhisperLessons
from avatar_core.training.speech_scores import SpeechScores, Spoken, scores_of
from avatar_core.training.speech_trainer import SpeechTrainer
from avatar_core.training.trainer import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder
    from avatar_core.geometry import Float32
    from avatar_core.training.speech_trainer import SpeechSettings
    from avatar_core.training.told_run import StepStatus

MODEL = "speech.npz"
"""Name of the finished model in the run's folder."""

HEARD = "heard"
"""Folder of a run that keeps what Whisper hears; may be thrown away when the run is done."""

LABEL = "Trained on synthesised voices; mouths from phones, not from filmed people."

_JUDGED = 200
"""Held-out utterances that a finished model is judged by."""


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """One model to train.

    Args:
        data: folder of utterances.
        out: folder of the run; the model is written into it.
        settings: of the run.
        command: the command line that does it again, kept in the model.
        licence: of the weights.
        encoder: of Whisper, through which the model is to hear; None for log-mel features.
    """

    data: Path
    out: Path
    settings: SpeechSettings
    command: str = ""
    licence: str = ""
    encoder: WhisperEncoder | None = None


def train_speech(
    job: SpeechJob,
    report: Callable[[StepStatus], None],
    *,
    resume: bool = False,
    begun: Callable[[SpeechTrainer], None] | None = None,
) -> Path:
    """Train, and write the model into the run's folder.

    Args:
        job: what to train.
        report: see `carry_out`.
        resume: see there.
        begun: see there.

    Raises:
        AssetError: nobody to learn from, or the folder holds a run and `resume` is off.
        WeightsError: a checkpoint is damaged, or training diverged.
        Cancelled: by `report`; the run can be resumed.
    """
    if not resume:
        expect_no_run(job.out)
    utterances = read_utterances(job.data, "train")
    if not utterances:
        raise AssetError(f"'{job.data}' holds nobody to learn from.", "Make some speech first.")
    lessons = None
    if job.encoder is not None:
        settings, folder = job.settings, job.out / HEARD
        lessons = WhisperLessons(utterances, settings.batch, job.encoder, folder, settings.versions)
    trainer = SpeechTrainer(utterances, job.settings, job.out, lessons)
    carry_out(trainer, report, resume=resume, begun=begun)
    path = job.out / MODEL
    write_speech_model(_finished(trainer, job), path)
    return path


def judged(
    model: SpeechModel, utterances: Sequence[Utterance], encoder: WhisperEncoder | None = None
) -> SpeechScores | None:
    """How well a model speaks utterances it does not know; None where there are none."""
    spoken = [spoken_by(model, utterance, encoder) for utterance in utterances]
    return scores_of(spoken) if spoken else None


def spoken_by(
    model: SpeechModel, utterance: Utterance, encoder: WhisperEncoder | None = None
) -> Spoken:
    """An utterance as the network alone performs it, without gate or style."""
    rest = model.space.coordinates(np.zeros(52, np.float32))
    features = _features(model, utterance, encoder)
    heard = AudioEncoder(model.weights, model.shape.hearing).feed(features)[: len(utterance)]
    mouths = MotionDecoder(model.weights, rest).feed(heard)
    return Spoken(
        phones=utterance.phones,
        wanted=utterance.weights,
        visemes=utterance.visemes,
        weights=model.space.weights(mouths),
        scores=viseme_scores(model.weights, heard),
    )


def _features(model: SpeechModel, utterance: Utterance, encoder: WhisperEncoder | None) -> Float32:
    if encoder is None:
        ahead = np.zeros(HOP * (LOOKAHEAD_HOPS + 2), np.float32)
        return LogMel().feed(np.concatenate([utterance.sound, ahead]))
    silent = np.repeat(model.weights["feature_mean"][None], model.shape.hearing.ahead, axis=0)
    return np.concatenate([encoder.vectors(utterance.sound), silent])


def _finished(trainer: SpeechTrainer, job: SpeechJob) -> SpeechModel:
    scores = judged(trainer.model({}), read_utterances(job.data, "val", _JUDGED), job.encoder)
    return trainer.model(_about(trainer, job, scores))


def _about(trainer: SpeechTrainer, job: SpeechJob, scores: SpeechScores | None) -> dict[str, Any]:
    """How a model was made: everything needed to make it again."""
    spoken_s = sum(utterance.duration_s for utterance in trainer.utterances)
    heard = "log-mel" if job.encoder is None else f"Whisper {job.encoder.shape.title}"
    return {
        "label": LABEL,
        "features": heard,
        "made_by": "train-speech",
        "command": job.command,
        "licence": job.licence,
        "data": job.data.name,
        "utterances": len(trainer.utterances),
        "voices": len({utterance.voice for utterance in trainer.utterances}),
        "hours_of_speech": round(spoken_s / 3600, 2),
        "settings": trainer.plain_settings(),
        "steps": trainer.state.step,
        "training_hours": round(trainer.state.seconds / 3600, 2),
        "scores_on_val": None if scores is None else asdict(scores),
    }
