from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry.named_arrays import NamedArrays


@pytest.fixture
def reader() -> NamedArrays:
    return NamedArrays(
        {
            "half": np.array([1.5, 2.0], np.float16),
            "broken": np.array([1.0, np.nan]),
            "ids": np.array([0, 3, 7], np.int64),
            "parents": np.array([-1, 0], np.int8),
            "names": np.array(["nose", "lips"]),
        }
    )


def test_numbers_come_in_the_type_wanted(reader: NamedArrays) -> None:
    assert reader.floats("half").dtype == np.float32
    assert reader.ints("ids", below=8).dtype == np.int32
    assert reader.ints("parents", below=2, lowest=-1).tolist() == [-1, 0]
    assert reader.names("names") == ("nose", "lips")
    assert "ids" in reader
    assert "eyes" not in reader


@pytest.mark.parametrize(
    ("take", "says"),
    [
        (lambda r: r.floats("missing"), "missing: missing"),
        (lambda r: r.floats("ids"), "ids: expected real"),
        (lambda r: r.floats("broken"), "broken: holds"),
        (lambda r: r.ints("half", below=9), "half: expected whole"),
        (lambda r: r.ints("ids", below=7), "ids: expected values"),
        (lambda r: r.ints("parents", below=2), "parents: expected values"),
        (lambda r: r.names("ids"), "ids: expected a list"),
    ],
)
def test_the_culprit_is_named(reader: NamedArrays, take: object, says: str) -> None:
    assert callable(take)
    with pytest.raises(ShapeError, match=says):
        take(reader)
