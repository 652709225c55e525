"""From a capture folder to an avatar file: what the command line and the window both run."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError, WeightsError
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.io.flame_units import FLAME_LICENCE
from avatar_core.mega.assets import TRACKED, asset_of, model_of
from avatar_core.mega.texture_fill import filled_unseen
from avatar_core.project.asset import FaceKind
from avatar_core.training.capture_frames import HELD_OUT
from avatar_core.training.capture_head import expect_poses
from avatar_core.training.capture_head import read_capture_head as read_capture_head
from avatar_core.training.captures import open_capture
from avatar_core.training.evaluation import evaluate_series
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.run_state import expect_no_run
from avatar_core.training.sightings import sightings
from avatar_core.training.trainer import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.mega.model import MegaModel
    from avatar_core.mega.networks import MegaNetworks
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.training.captures import Capture
    from avatar_core.training.settings import TrainerSettings
    from avatar_core.training.told_run import StepStatus


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One avatar to train.

    Args:
        capture: folder of one person.
        out: folder of the run; the avatar is written into it.
        settings: stages, rates, weights.
        name: what the library will call the avatar; the capture's folder when empty.
        command: the command line that does it again, kept in the avatar's provenance.
        flame: the user's FLAME files, for captures that were tracked with FLAME: a folder, or the
            model in one.
        face: an avatar of the same person whose face is kept: only hair is trained.
        licence: of the avatar, kept in its provenance.
    """

    capture: Path
    out: Path
    settings: TrainerSettings
    name: str = ""
    command: str = ""
    flame: Path | None = None
    face: Path | None = None
    licence: str = ""


def train_avatar(
    job: TrainingJob,
    report: Callable[[StepStatus], None],
    *,
    resume: bool = False,
    begun: Callable[[MegaTrainer], None] | None = None,
) -> Path:
    """Train, measure on the held-out series, and write `NAME.avatar` into the run's folder.

    Args:
        job: what to train.
        report: see `carry_out`.
        resume: see there.
        begun: see there.

    Raises:
        AssetError: the capture cannot be used, or the folder holds a run and `resume` is off.
        WeightsError: a checkpoint is damaged, or training diverged.
        Cancelled: by `report`; the run can be resumed.
    """
    if not resume:
        expect_no_run(job.out)
    capture = open_capture(job.capture)
    head = read_capture_head(capture, job.flame)
    expect_poses(capture, head)
    face = None if job.face is None else _kept_face(job.face)
    trainer = MegaTrainer(capture, head, job.settings, job.out, face)
    carry_out(trainer, report, resume=resume, begun=begun)
    model = trainer.finished()
    scores: dict[str, Any] = {}
    if capture.frames(HELD_OUT):
        scores = evaluate_series(model, capture, (HELD_OUT,))
    name = job.name or job.capture.name.capitalize()
    path = job.out / f"{name.lower()}.avatar"
    made = f"Trained from the capture '{job.capture.name}' with the {job.settings.preset} preset."
    asset = asset_of(
        model,
        name,
        made if capture.flame_identity is None else f"{made} {FLAME_LICENCE}",
        provenance_of(job, trainer.state.seconds, scores),
        half=True,
    )
    if face is None:
        asset = _with_hidden_skin(asset, model, capture)
    tracked = {f"{TRACKED}{key}": values for key, values in trainer.tracked_arrays().items()}
    shown = replace(asset.face, weights={**asset.face.weights, **tracked})
    save_avatar(replace(asset, face=shown), path)
    return path


def _with_hidden_skin(asset: AvatarAsset, model: MegaModel, capture: Capture) -> AvatarAsset:
    """Without the noise that training leaves where no picture shows skin."""
    seen = sightings(model, capture)
    try:
        return asset if seen is None else filled_unseen(asset, seen)
    except WeightsError:  # a texture of few channels cannot be moved at will
        return asset


def _kept_face(path: Path) -> MegaNetworks:
    asset = load_avatar(path)
    if asset.face.kind is not FaceKind.NEURAL:
        raise AssetError(
            f"The avatar '{asset.name}' has a plain texture and no neural face to keep.",
            "Choose one made by train-mega.",
        )
    return model_of(asset).networks


def provenance_of(job: TrainingJob, seconds: float, scores: dict[str, Any]) -> dict[str, Any]:
    """How an avatar was made: everything needed to make it again."""
    licence = {"licence": job.licence} if job.licence else {}
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
        **licence,
    }
