"""What a training run keeps on disk: checkpoints that survive a kill, and a log of losses."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from avatar_core.errors import WeightsError
from avatar_core.training.run_record import CHECKPOINT as CHECKPOINT
from avatar_core.training.run_record import LOG as LOG

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class RunState:
    """How far a run is: stage, steps done in it, seconds spent."""

    stage: str
    step: int = 0
    seconds: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(folder: Path, state: RunState, tensors: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one, flush it to the disk, then replace the old one.

    Raises:
        WeightsError: a value is not finite; nothing is written.
    """
    for name, value in _leaves("", tensors):
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise WeightsError(f"Training diverged: '{name}' is no longer finite.", "Resume it.")
    temporary = folder / (CHECKPOINT + ".part")
    content = {
        "stage": state.stage,
        "stage_step": state.step,
        "seconds": state.seconds,
        "extra": state.extra,
        **tensors,
    }
    with temporary.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / CHECKPOINT)


def load_checkpoint(folder: Path) -> tuple[RunState, dict[str, Any]] | None:
    """The last checkpoint of a run, or None where there is none.

    Raises:
        WeightsError: it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    try:
        content = dict(torch.load(path, map_location="cpu", weights_only=True))
        state = RunState(
            content.pop("stage"),
            int(content.pop("stage_step")),
            float(content.pop("seconds")),
            dict(content.pop("extra")),
        )
    except Exception as error:  # torch raises many kinds for a damaged file
        raise WeightsError(
            f"The checkpoint '{path}' is damaged.", "Delete it to start the run anew."
        ) from error
    return state, content


def append_log(folder: Path, entry: dict[str, Any]) -> None:
    """Add one line to the log."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _leaves(prefix: str, value: Any) -> list[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        return [(prefix, value)]
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(f"{prefix}.{key}", item)]
    if isinstance(value, list | tuple):
        return [leaf for k, item in enumerate(value) for leaf in _leaves(f"{prefix}.{k}", item)]
    return []
