"""Names of takes: what the next one is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_COUNTED = re.compile(r"(.*?)(\d{1,18})\s*")
USUAL = "Take"


def next_take_name(wanted: str, taken: Collection[str]) -> str:
    """What the next take is called, so that no two have the same name.

    Args:
        wanted: what the artist typed, such as `Scene 4 take 1`; empty for `Take` and a number.
        taken: names of the takes there are.

    Returns:
        What was typed while it is free; else with its last number counted up, or a number added.
    """
    name = " ".join(wanted.split())
    if not name:
        name = f"{USUAL} {len(taken) + 1}"
    if name not in taken:
        return name
    counted = _COUNTED.fullmatch(name)
    stem, digits = (counted[1], counted[2]) if counted else (f"{name} ", "1")
    number = int(digits) + 1
    while (following := f"{stem}{number:0{len(digits)}d}") in taken:
        number += 1
    return following
