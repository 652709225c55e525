"""From a capture folder to an avatar file: what the command line and the window both run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.heads import BlendshapeHead
from avatar_core.io.avatar_file import save_avatar
from avatar_core.mega.assets import asset_of
from avatar_core.training.captures import open_capture
from avatar_core.training.evaluation import evaluate_series
from avatar_core.training.mega_trainer import MegaTrainer, TrainerStatus
from avatar_core.training.run_state import CHECKPOINT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.training.settings import TrainerSettings

HELD_OUT = "test"
"""Series that is never trained on and that the finished avatar is measured with."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One avatar to train.

    Args:
        capture: folder of one person.
        out: folder of the run; the avatar is written into it.
        settings: stages, rates, weights.
        name: what the library will call the avatar; the capture's folder when empty.
        command: the command line that does it again, kept in the avatar's provenance.
    """

    capture: Path
    out: Path
    settings: TrainerSettings
    name: str = ""
    command: str = ""


def train_avatar(
    job: TrainingJob, report: Callable[[TrainerStatus], None], *, resume: bool = False
) -> Path:
    """Train, measure on the held-out series, and write `NAME.avatar` into the run's folder.

    Args:
        job: what to train.
        report: called after every step; may raise `Cancelled`.
        resume: go on with the run that lies in the folder.

    Raises:
        AssetError: the capture cannot be used, or the folder holds a run and `resume` is off.
        WeightsError: a checkpoint is damaged, or training diverged.
        Cancelled: by `report`; the run can be resumed.
    """
    if not resume and (job.out / CHECKPOINT).exists():
        raise AssetError(
            f"The folder '{job.out}' already holds a run.",
            "Resume it with --resume, or choose an empty folder.",
        )
    capture = open_capture(job.capture)
    trainer = MegaTrainer(capture, read_capture_head(job.capture), job.settings, job.out)
    if resume:
        trainer.resume()
    trainer.run(report)
    trainer.model.networks.eval()
    scores: dict[str, Any] = {}
    if capture.frames(HELD_OUT):
        scores = evaluate_series(trainer.model, capture, (HELD_OUT,))
    name = job.name or job.capture.name.capitalize()
    path = job.out / f"{name.lower()}.avatar"
    asset = asset_of(
        trainer.model,
        name,
        f"Trained from the capture '{job.capture.name}' with the {job.settings.preset} preset.",
        provenance_of(job, trainer.state.seconds, scores),
        half=True,
    )
    save_avatar(asset, path)
    return path


def provenance_of(job: TrainingJob, seconds: float, scores: dict[str, Any]) -> dict[str, Any]:
    """How an avatar was made: everything needed to make it again."""
    return {
        "made_by": "train-mega",
        "command": job.command,
        "capture": job.capture.name,
        "preset": job.settings.preset,
        "seed": job.settings.seed,
        "steps": {stage.value: plan.steps for stage, plan in job.settings.plans.items()},
        "hours": round(seconds / 3600, 2),
        "cores": os.cpu_count() or 1,
        "scores": scores,
    }


def read_capture_head(folder: Path) -> BlendshapeHead:
    """The head model that a capture brings along.

    Raises:
        AssetError: it is missing or damaged.
    """
    path = folder / "head_model.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return BlendshapeHead.from_arrays({key: arrays[key] for key in arrays.files})
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(
            f"The capture '{folder}' has no readable head model.",
            "It needs a head_model.npz beside its transforms_<series>.json.",
        ) from error
