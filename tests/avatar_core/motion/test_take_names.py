from __future__ import annotations

import pytest

from avatar_core.motion.take_names import next_take_name


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("", [], "Take 1"),
        ("", ["Take 1", "Smile"], "Take 3"),
        ("", ["Take 2"], "Take 3"),
        ("  ", ["Take 2", "Take 3"], "Take 4"),
        ("Smile", [], "Smile"),
        ("Smile", ["Smile"], "Smile 2"),
        ("Smile", ["Smile", "Smile 2"], "Smile 3"),
        ("Scene 4 take 1", ["Scene 4 take 1"], "Scene 4 take 2"),
        ("Shot_009", ["Shot_009"], "Shot_010"),
        ("9", ["9"], "10"),
        (" a \n b ", ["a b"], "a b 2"),
        ("1" * 5000, ["1" * 5000], "1" * 4999 + "2"),
    ],
)
def test_the_next_take_gets_a_name_of_its_own(wanted: str, taken: list[str], name: str) -> None:
    assert next_take_name(wanted, taken) == name
