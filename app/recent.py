"""Projects that were opened or saved lately."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.preferences import Preferences

_MOST_FILES = 10


class RecentFiles:
    """A remembered list, newest first; files that are gone are left out."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def paths(self) -> list[Path]:
        kept = self._preferences.remembered("recent_files")
        texts = kept if isinstance(kept, list) else []
        return [path for text in texts if (path := Path(str(text))).is_file()]

    def add(self, path: Path) -> None:
        absolute = path.absolute()
        others = [other for other in self.paths() if other != absolute]
        newest = [str(item) for item in [absolute, *others][:_MOST_FILES]]
        self._preferences.remember("recent_files", newest)

    def clear(self) -> None:
        self._preferences.remember("recent_files", [])
