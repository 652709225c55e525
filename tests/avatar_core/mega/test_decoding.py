"""Textures that are kept while they hold."""

from __future__ import annotations

from math import pi

import pytest
import torch

from avatar_core.mega.decoding import KeptTexture, angle_between, largest_difference


class _Decoder:
    def __init__(self) -> None:
        self.decoded: list[float] = []

    def __call__(self, value: torch.Tensor) -> torch.Tensor:
        self.decoded.append(round(float(value[0, 0]), 3))
        return torch.full((1, 4, 4, 4), float(value[0, 0])).half()


def _value(x: float) -> torch.Tensor:
    return torch.tensor([[x, 0.0]])


def test_the_very_array_comes_back_until_the_value_moves_too_far() -> None:
    decoder = _Decoder()
    texture = KeptTexture(decoder, largest_difference, 0.1)
    first = texture.of(_value(0.0))
    assert texture.of(_value(0.09)) is first
    assert texture.of(_value(0.2)) is not first
    assert (first == 0).all()
    assert decoder.decoded == [0.0, 0.2]


def test_slow_changes_add_up_until_they_count() -> None:
    decoder = _Decoder()
    texture = KeptTexture(decoder, largest_difference, 0.105)
    for step in range(31):
        shown = texture.of(_value(0.01 * step))
        assert abs(float(shown[0, 0, 0, 0]) - 0.01 * step) <= 0.1051
    assert decoder.decoded == [0.0, 0.11, 0.22]


def test_without_tolerance_every_difference_counts_and_no_repetition() -> None:
    decoder = _Decoder()
    texture = KeptTexture(decoder, largest_difference, 0.0)
    for value in (0.0, 0.0, 1e-7, 1e-7):
        texture.of(_value(value))
    assert len(decoder.decoded) == 2


def test_it_tells_beforehand_whether_it_holds() -> None:
    texture = KeptTexture(_Decoder(), largest_difference, 0.1)
    assert not texture.holds(_value(0.0))
    texture.of(_value(0.0))
    assert texture.holds(_value(0.05))
    assert not texture.holds(_value(0.15))


@pytest.mark.parametrize(("size", "rows"), [(None, 4), (2, 2), (4, 4), (8, 4)])
def test_textures_are_reduced_where_they_are_larger(size: int | None, rows: int) -> None:
    texture = KeptTexture(_Decoder(), largest_difference, 0.0, size)
    assert texture.of(_value(1.0)).shape == (1, rows, rows, 4)


@pytest.mark.parametrize("angle_rad", [0.0, 1e-6, 0.01, 1.0, pi])
def test_angles_are_exact_however_small(angle_rad: float) -> None:
    angle = torch.tensor(angle_rad, dtype=torch.float64)
    turned = torch.stack([angle.cos(), angle.sin(), torch.zeros_like(angle)])[None]
    straight = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
    assert angle_between(straight, turned) == pytest.approx(angle_rad, rel=1e-6)
