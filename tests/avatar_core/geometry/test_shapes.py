from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes


def test_sizes_of_the_letters_are_returned() -> None:
    sizes = expect_shapes(means=(np.zeros((5, 3)), "N 3"), sh=(np.zeros((5, 4, 3)), "N K 3"))
    assert sizes == {"N": 5, "K": 4}


def test_disagreement_names_the_culprit_and_what_was_expected() -> None:
    with pytest.raises(ShapeError, match=r"scales: expected \[F\] with \{'F': 8\}, got \[2\]"):
        expect_shapes(frames=(np.zeros((8, 3, 3)), "F 3 3"), scales=(np.zeros(2), "F"))


@pytest.mark.parametrize(
    ("shape", "pattern"), [((3,), "N 3"), ((2, 4), "N 3"), ((2, 3, 1), "N 3"), ((), "N")]
)
def test_wrong_shapes_are_refused(shape: tuple[int, ...], pattern: str) -> None:
    with pytest.raises(ShapeError, match="array"):
        expect_shapes(array=(np.zeros(shape), pattern))


def test_star_is_any_size_and_binds_nothing() -> None:
    assert expect_shapes(a=(np.zeros((2, 3)), "* *"), b=(np.zeros(9), "*")) == {}


def test_zero_is_a_size_like_any_other() -> None:
    assert expect_shapes(a=(np.zeros((0, 3)), "N 3")) == {"N": 0}
    with pytest.raises(ShapeError):
        expect_shapes(a=(np.zeros((0, 3)), "N 3"), b=(np.zeros(1), "N"))


def test_scalars_have_an_empty_pattern() -> None:
    assert expect_shapes(a=(np.zeros(()), "")) == {}


def test_shape_error_is_a_value_error() -> None:
    assert issubclass(ShapeError, ValueError)
