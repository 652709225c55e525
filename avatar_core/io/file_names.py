"""Names that people gave, as parts of names of files."""

from __future__ import annotations

_MOST_LETTERS = 60
_DEVICES = {
    "con", "prn", "aux", "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
}  # fmt: skip
# Of Windows, whatever ending follows.


def safe_name(name: str) -> str:
    """A name as part of a file's name on any system."""
    kept = "".join(each if each.isalnum() or each in " -_" else "_" for each in name)
    kept = kept.strip()[:_MOST_LETTERS].strip() or "unnamed"
    return f"_{kept}" if kept.lower() in _DEVICES else kept
