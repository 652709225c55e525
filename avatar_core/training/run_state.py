"""What a training run keeps on disk: checkpoints that survive a kill, and a log of losses."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from avatar_core.errors import AssetError, WeightsError
from avatar_core.mega.checkpoint import load_weights_only
from avatar_core.training.run_record import CHECKPOINT as CHECKPOINT
from avatar_core.training.run_record import LOG as LOG
from avatar_core.training.run_record import stage_checkpoint as stage_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANEW = "Delete it to start the run anew."

_UNFIT = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
"""What loading a state dictionary of something else raises."""


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


def keep_stage_end(folder: Path, stage: str) -> None:
    """Keep a copy of the last checkpoint, so that what follows can be tried more than once."""
    kept = folder / stage_checkpoint(stage)
    temporary = kept.with_name(f"{kept.name}.part")
    shutil.copyfile(folder / CHECKPOINT, temporary)
    temporary.replace(kept)


def load_checkpoint(folder: Path) -> tuple[RunState, dict[str, Any]] | None:
    """The last checkpoint of a run, or None where there is none. Nothing in it is executed.

    Raises:
        WeightsError: it is damaged, would run code, or holds values that are not finite.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    content = load_weights_only(path, ANEW)
    try:
        state = RunState(
            str(content.pop("stage")),
            int(content.pop("stage_step")),
            float(content.pop("seconds")),
            dict(content.pop("extra")),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise WeightsError(f"'{path.name}' is no checkpoint of a training run.", ANEW) from error
    for name, value in _leaves("", content):
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise WeightsError(f"'{path.name}': '{name}' is not finite.", ANEW)
    return state, content


def expect_no_run(folder: Path) -> None:
    """Refuse to write over a run.

    Raises:
        AssetError: the folder holds one.
    """
    if (folder / CHECKPOINT).exists():
        raise AssetError(
            f"The folder '{folder}' already holds a run.",
            "Resume it with --resume, or choose an empty folder.",
        )


@contextmanager
def resuming(folder: Path) -> Iterator[None]:
    """While a trainer takes over the checkpoint of its folder.

    Raises:
        WeightsError: the checkpoint is one of something else.
    """
    try:
        yield
    except _UNFIT as error:
        raise WeightsError(
            f"The checkpoint in '{folder}' is damaged or belongs to another run.", ANEW
        ) from error


def expect_fitting_moments(optimizer: torch.optim.Optimizer) -> None:
    """Refuse an optimizer whose state, read from a file, has other shapes than its parameters.

    Torch does not look, and a fused step then writes beyond the smaller of the two.

    Raises:
        ValueError: there is such a tensor.
    """
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            is_moment = isinstance(value, torch.Tensor) and value.ndim > 0
            if is_moment and value.shape != parameter.shape:
                raise ValueError(f"{name}: expected {parameter.shape}, got {value.shape}")


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
