"""Projects and captures that were open lately."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.preferences import Preferences

_MOST_FILES = 10


class RecentFiles:
    """A remembered list, newest first; what is gone is left out.

    Args:
        preferences: remember it.
        name: of the list.
    """

    def __init__(self, preferences: Preferences, name: str = "recent_files") -> None:
        self._preferences = preferences
        self._name = name

    def paths(self) -> list[Path]:
        kept = self._preferences.remembered(self._name)
        texts = kept if isinstance(kept, list) else []
        return [path for text in texts if _is_there(path := Path(str(text)))]

    def add(self, path: Path) -> None:
        absolute = path.absolute()
        others = [other for other in self.paths() if other != absolute]
        newest = [str(item) for item in [absolute, *others][:_MOST_FILES]]
        self._preferences.remember(self._name, newest)

    def clear(self) -> None:
        self._preferences.remember(self._name, [])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than any name, or with a zero in it
        return False
