"""ARKit units by the names that apps give them: any case, sides as Left, _L or L."""

from __future__ import annotations

from avatar_core.motion.motion import ARKIT_UNITS


def unit_of_name(name: str) -> int | None:
    """The place of a unit in `ARKIT_UNITS`; None when the name is none of them.

    `eyeBlinkLeft`, `EyeBlinkLeft`, `eyeBlink_L` and `EYEBLINK_L` are the same unit.
    """
    return _UNITS.get(name.lower())


def _units() -> dict[str, int]:
    names: dict[str, int] = {}
    for index, unit in enumerate(ARKIT_UNITS):
        lower = unit.lower()
        names[lower] = index
        # The jaw and the mouth as a whole go to a side; they do not lie on one.
        if unit not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            for side in ("left", "right"):
                if lower.endswith(side):
                    names[f"{lower.removesuffix(side)}_{side[0]}"] = index
    return names


_UNITS = _units()
