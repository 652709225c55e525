from __future__ import annotations

import pytest

from avatar_core.driving.phones.unit_names import unit_of_name
from avatar_core.motion import ARKIT_UNITS


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("eyeBlinkLeft", "eyeBlinkLeft"),
        ("EyeBlinkLeft", "eyeBlinkLeft"),
        ("eyeBlink_L", "eyeBlinkLeft"),
        ("EYEBLINK_R", "eyeBlinkRight"),
        ("mouthRight", "mouthRight"),
        ("jawleft", "jawLeft"),
        ("mouthUpperUp_R", "mouthUpperUpRight"),
    ],
)
def test_units_are_known_by_all_their_names(name: str, unit: str) -> None:
    assert unit_of_name(name) == ARKIT_UNITS.index(unit)


@pytest.mark.parametrize("name", ["", "eyeBlink", "jaw_L", "mouth_R", "smile", "A", "eyeBlinkL"])
def test_other_names_are_none(name: str) -> None:
    assert unit_of_name(name) is None
