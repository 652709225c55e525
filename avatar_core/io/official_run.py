"""What a folder that training with the published MeGA code has written is known by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_FILE = "params.yaml"
TRACKED_FILE = "flame_params.npz"


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run, in words for the user.

    Args:
        pattern: its name, with * where names differ.
        purpose: what it holds.
    """

    pattern: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.pattern} ({self.purpose})"


RUN_FILES = (
    RunFile("checkpoint_*.pth", "the trained networks and the hair"),
    RunFile(CONFIG_FILE, "the sizes of the networks"),
    RunFile(TRACKED_FILE, "the person's face shape"),
)
"""Everything an import needs of a run."""


def missing_run_files(folder: Path) -> tuple[RunFile, ...]:
    """What a folder lacks; everything when it is no folder or cannot be read."""
    return tuple(file for file in RUN_FILES if not _holds(folder, file))


def is_official_run(folder: Path) -> bool:
    """Whether a folder looks like a run; one of its files may be missing."""
    return len(missing_run_files(folder)) <= 1


def _holds(folder: Path, file: RunFile) -> bool:
    try:
        return any(path.is_file() for path in folder.glob(file.pattern))
    except (OSError, ValueError):
        return False
