"""Names that people gave, as parts of names of files."""

from __future__ import annotations

_MOST_LETTERS = 60


def safe_name(name: str) -> str:
    """A name as part of a file's name on any system."""
    kept = "".join(each if each.isalnum() or each in " -_" else "_" for each in name)
    return kept.strip()[:_MOST_LETTERS].strip() or "unnamed"
