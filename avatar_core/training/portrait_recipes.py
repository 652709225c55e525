"""From a folder of people to a portrait model: what the command line runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError, WeightsError
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    save_portrait_model,
)
from avatar_core.mega.checkpoint import load_weights_only
from avatar_core.training.portrait_calibration import calibrate_expression
from avatar_core.training.portrait_data import People, read_index
from avatar_core.training.portrait_export import model_arrays_of
from avatar_core.training.portrait_processes import joined_processes
from avatar_core.training.portrait_trainer import PortraitTrainer
from avatar_core.training.run_state import CHECKPOINT, expect_no_run
from avatar_core.training.trainer import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from avatar_core.training.portrait_presets import PortraitSettings
    from avatar_core.training.told_run import StepStatus

MODEL = "portrait.safetensors"
"""Name of the finished model in the run's folder."""

LABEL = "Trained on rendered heads; import the official weights for photographs."


@dataclass(frozen=True, slots=True)
class PortraitJob:
    """One model to train.

    Args:
        data: folder of people.
        out: folder of the run; the model is written into it.
        settings: network, losses, rates.
        name: what the library will call the model.
        command: the command line that does it again, kept in the model.
        licence: of the weights.
        start: folder or checkpoint of a run whose averaged weights this one begins with.
    """

    data: Path
    out: Path
    settings: PortraitSettings
    name: str = "Compact portrait"
    command: str = ""
    licence: str = ""
    start: Path | None = None


def train_portrait(
    job: PortraitJob,
    report: Callable[[StepStatus], None],
    *,
    resume: bool = False,
    begun: Callable[[PortraitTrainer], None] | None = None,
) -> Path:
    """Train, and write the model into the run's folder. Under torchrun, one process of many.

    Args:
        job: what to train.
        report: see `carry_out`; of several processes, the leading one reports.
        resume: see there.
        begun: see there.

    Raises:
        AssetError: nobody to learn from, or the folder holds a run and `resume` is off.
        WeightsError: a checkpoint is damaged, or training diverged.
        Cancelled: by `report`; the run can be resumed.
    """
    if not resume:
        expect_no_run(job.out)
        if job.settings.is_finish and job.start is None:
            raise AssetError(
                f"The preset {job.settings.preset} finishes a model that another run has made.",
                "Name that run with --start.",
            )
    people = People(job.data, "train", job.settings.config.image_size)
    if not len(people):
        raise AssetError(f"'{job.data}' holds nobody to train with.", "Make some people first.")
    with joined_processes(job.settings.device) as processes:
        trainer = PortraitTrainer(people, job.settings, job.out, processes)

        def start() -> None:
            if job.start is not None:
                trainer.start_from(averaged_weights(job.start))

        told = report if processes.leads else _silent
        carry_out(trainer, told, resume=resume, begun=begun, anew=start)
        path = job.out / MODEL
        if processes.leads:
            export_portrait(trainer, job, path)
    return path


def averaged_weights(path: Path) -> dict[str, Tensor]:
    """The averaged weights of a run.

    Args:
        path: its folder, or a checkpoint.

    Raises:
        WeightsError: there is none, or it is damaged.
    """
    file = path / CHECKPOINT if path.is_dir() else path
    hint = "Choose the folder of a run of train-portrait."
    content = load_weights_only(file, hint)
    average = content.get("average") if isinstance(content, dict) else None
    if not isinstance(average, dict):
        raise WeightsError(f"'{file}' is no checkpoint of a portrait model.", hint)
    return average


def export_portrait(
    trainer: PortraitTrainer, job: PortraitJob, path: Path, scores: dict[str, Any] | None = None
) -> PortraitModelInfo:
    """Write what a run has learnt so far as a model that the studio opens.

    Args:
        trainer: the run.
        job: what it was started with.
        path: of the model.
        scores: of `evaluate-portrait`, kept in the model.

    Raises:
        AssetError: it cannot be written.
    """
    networks = trainer.finished()
    fit: dict[str, Any] = {}
    if job.settings.truth.latent > 0:
        held_out = People(job.data, "val", job.settings.config.image_size)
        calibrated = calibrate_expression(networks, trainer.people, held_out)
        fit["latents_unexplained_on_val"] = calibrated
    is_told = job.settings.truth.motion_driven > 0 or job.settings.is_finish
    arrays, fitted = model_arrays_of(networks, trainer.people, told=is_told)
    fit |= fitted
    info = PortraitModelInfo(
        name=job.name,
        description=LABEL,
        config=job.settings.config.to_plain(),
        licences={"weights": job.licence} if job.licence else {},
        provenance=provenance_of(trainer, job) | {"fit": fit, "scores": scores or {}},
    )
    return save_portrait_model(PortraitModelFile(info, arrays), path)


def provenance_of(trainer: PortraitTrainer, job: PortraitJob) -> dict[str, Any]:
    """How a model was made: everything needed to make it again."""
    return {
        "made_by": "train-portrait",
        "command": job.command,
        "data": job.data.name,
        "people": {
            split: sum(1 for _, each in read_index(job.data) if each == split)
            for split in ("train", "val", "test")
        },
        "people_trained_on": len(trainer.people),
        "preset": job.settings.preset,
        "seed": job.settings.seed,
        "steps": trainer.state.step,
        "hours": round(trainer.state.seconds / 3600, 2),
        "cores": os.cpu_count() or 1,
        "processes": trainer.processes.count,
    }


def _silent(_status: StepStatus) -> None:
    """What all processes but the first report."""
