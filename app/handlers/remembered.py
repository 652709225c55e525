"""Reading what was remembered: files edited by hand hold anything, and none of it may do harm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.widgets.colour_field import Rgb


def table_of(kept: object) -> dict[str, Any]:
    """A table, empty where there is none."""
    return kept if isinstance(kept, dict) else {}


def number_of(kept: object, low: float, high: float, default: float) -> float:
    """A number brought into its range; the default where there is none."""
    if type(kept) not in (int, float) or not math.isfinite(kept):  # type: ignore[arg-type]
        return default
    return min(max(float(kept), low), high)  # type: ignore[arg-type]


def colour_of(kept: object, default: Rgb) -> Rgb:
    """A colour; the default where there is none."""
    if isinstance(kept, list) and len(kept) == 3:
        red, green, blue = (number_of(value, 0.0, 1.0, 0.0) for value in kept)
        return red, green, blue
    return default
