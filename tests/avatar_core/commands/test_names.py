from __future__ import annotations

import pytest

from avatar_core.commands.names import tidy_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Anna  ", "Anna"),
        ("two\nlines\tand tabs", "two lines and tabs"),
        ("", "otherwise"),
        (" \r\n ", "otherwise"),
        ("nul\0l", "null"),
        ("Zoë ✓", "Zoë ✓"),
        ("x" * 500, "x" * 200),
    ],
)
def test_names_end_up_on_one_line(typed: str, kept: str) -> None:
    assert tidy_name(typed, "otherwise") == kept
