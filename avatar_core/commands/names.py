"""Names that an artist types."""

from __future__ import annotations

_MOST_LETTERS = 200


def tidy_name(name: str, otherwise: str) -> str:
    """The name on one line, without spaces around it and of bearable length.

    Args:
        name: what was typed.
        otherwise: what to use when nothing is left of it.
    """
    return " ".join(name.replace("\0", "").split())[:_MOST_LETTERS].rstrip() or otherwise
