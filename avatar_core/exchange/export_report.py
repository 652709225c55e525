"""What an export has written, and what it could not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

_LISTED = 8

Step: TypeAlias = Callable[[float, str], None]
"""Called with the share that is done, 0..1, and what is being done; raising `Cancelled` in it stops
the export, and nothing is left of it."""


def unheard(fraction: float, text: str) -> None:
    """Progress that nobody follows."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportReport:
    """What was written, and what of the avatar is not in it.

    Args:
        folder: where.
        files: names of the files in it.
        notes: a sentence for everything that the format cannot hold or that changed on the way.
    """

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The names of the files, the first and the last of many."""
        if len(self.files) <= _LISTED:
            return ", ".join(self.files)
        return f"{self.files[0]}, {self.files[1]} ... {self.files[-1]} ({len(self.files)} files)"
