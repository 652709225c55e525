"""What was opened lately: project files, and avatars for the library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.preferences import Preferences

_MOST_FILES = 10
_MOST_AVATARS = 50


class RecentFiles:
    """Projects opened or saved lately, newest first; files that are gone are left out."""

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


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One avatar of the library.

    Args:
        reference: "demo:..." or a path, as a project names its avatar.
        name, description: from the avatar itself.
    """

    reference: str
    name: str
    description: str = ""


class AvatarShelf:
    """Avatars that were opened once, so that the library can offer them again."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def entries(self) -> list[LibraryEntry]:
        """What is kept, in the order it came; avatars whose file is gone are left out."""
        kept = self._preferences.remembered("avatars")
        entries = [_entry(item) for item in kept] if isinstance(kept, list) else []
        return [entry for entry in entries if entry is not None and _is_there(entry.reference)]

    def add(self, entry: LibraryEntry) -> None:
        """Add an avatar, or bring the words about a known one up to date."""
        entries = self.entries()
        known = [index for index, old in enumerate(entries) if old.reference == entry.reference]
        if known:
            entries[known[0]] = entry
        else:
            entries.append(entry)
        self._keep(entries[-_MOST_AVATARS:])

    def remove(self, reference: str) -> None:
        self._keep([entry for entry in self.entries() if entry.reference != reference])

    def _keep(self, entries: list[LibraryEntry]) -> None:
        self._preferences.remember("avatars", [asdict(entry) for entry in entries])


def _entry(item: Any) -> LibraryEntry | None:
    try:
        return LibraryEntry(**{key: str(value) for key, value in item.items()})
    except (TypeError, AttributeError):
        return None


def _is_there(reference: str) -> bool:
    return reference.startswith("demo:") or Path(reference).is_file()
