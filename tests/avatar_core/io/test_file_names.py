"""Names of people's things as names of files."""

from __future__ import annotations

import pytest

from avatar_core.io.file_names import safe_name


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Rosa", "Rosa"),
        ("  a/b\\c: d.e  ", "a_b_c_ d_e"),
        ("", "unnamed"),
        (" ", "unnamed"),
        ("con", "_con"),
        ("NUL", "_NUL"),
        ("Com1", "_Com1"),
        ("lpt²", "_lpt²"),
        ("Connie", "Connie"),
        ("x" * 99, "x" * 60),
    ],
)
def test_any_name_is_fit_for_any_system(name: str, wanted: str) -> None:
    assert safe_name(name) == wanted
