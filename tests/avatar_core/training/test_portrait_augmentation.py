"""Pictures changed so that a model learns what does not matter."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from avatar_core.errors import ShapeError
from avatar_core.training import portrait_augmentation as augmentation
from avatar_core.training.portrait_augmentation import ColourJitter


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(size: int = 64) -> Tensor:
    """Red tells x, green y, blue is a half."""
    place = (torch.arange(size) + 0.5) / size
    planes = [place.expand(size, size), place[:, None].expand(size, size)]
    return torch.stack([*planes, torch.full((size, size), 0.5)])[None]


def test_equal_generators_give_equal_changes() -> None:
    images = torch.rand(2, 3, 32, 32, generator=draw())
    first, second = (augmentation.expression_input(images, draw(4)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, augmentation.expression_input(images, draw(5)))


def test_all_pictures_of_an_item_are_changed_alike_and_items_differently() -> None:
    same = torch.rand(1, 1, 3, 32, 32, generator=draw()).expand(2, 3, -1, -1, -1)
    changed = augmentation.expression_input(same, draw())
    assert changed.shape == (2, 3, 3, 32, 32)
    assert torch.allclose(changed[:, 0], changed[:, 2])
    assert not torch.allclose(changed[0], changed[1], atol=0.05)


def test_bending_moves_pixels_by_about_a_tenth_of_a_cell() -> None:
    bent = augmentation.elastic(ramp().expand(50, -1, -1, -1), draw())
    inner = (slice(None), slice(0, 2), slice(8, -8), slice(8, -8))
    moved = (bent - ramp())[inner]
    # Corners move by 0.1 / 8 of the picture; between them the mean of several moves less.
    assert 0.4 * 0.1 / 8 < moved.std() < 1.1 * 0.1 / 8
    assert abs(moved.mean()) < 1e-3
    assert torch.allclose(bent[:, 2], torch.full((50, 64, 64), 0.5), atol=1e-5)


def test_no_bend_leaves_the_picture() -> None:
    images = torch.rand(2, 3, 16, 16, generator=draw())
    assert torch.allclose(augmentation.elastic(images, draw(), sigma=0), images, atol=1e-4)


def test_no_jitter_leaves_the_picture() -> None:
    images = torch.rand(3, 3, 8, 8, generator=draw())
    still = ColourJitter(0, 0, 0, hue=0)
    assert torch.allclose(augmentation.jittered(images, still, draw()), images, atol=1e-6)
    never = ColourJitter(0.4, 0.4, 0.4, 0.4, probability=0)
    assert torch.allclose(augmentation.jittered(images, never, draw()), images, atol=1e-5)


def test_brightness_stays_within_its_limits() -> None:
    images = torch.full((200, 3, 2, 2), 0.5)
    found = augmentation.jittered(images, ColourJitter(0.3, 0, 0), draw())[:, 0, 0, 0] / 0.5
    assert found.min() > 0.699
    assert found.max() < 1.301
    assert found.max() - found.min() > 0.5


def test_contrast_and_saturation_keep_mean_brightness() -> None:
    images = 0.3 + 0.4 * torch.rand(20, 3, 8, 8, generator=draw())
    changed = augmentation.jittered(images, ColourJitter(0, 0.4, 0.4), draw())
    luma = torch.tensor([0.299, 0.587, 0.114])
    before, after = (torch.einsum("bchw,c->b", x, luma) / 64 for x in (images, changed))
    assert torch.allclose(before, after, atol=1e-5)
    assert not torch.allclose(images, changed, atol=0.02)


def test_hue_turns_colours_about_grey() -> None:
    angle = torch.tensor([2 * math.pi / 3]).view(1, 1, 1, 1)
    colour = torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1)
    third = augmentation._hue_turned(colour, angle)
    assert third.flatten().tolist() == pytest.approx([0.1, 0.9, 0.2], abs=1e-6)  # red is green now
    grey = torch.full((1, 3, 1, 1), 0.4)
    assert torch.allclose(augmentation._hue_turned(grey, angle / 3), grey)


def test_few_pictures_are_grey() -> None:
    images = torch.rand(400, 3, 4, 4, generator=draw())
    changed = augmentation.expression_input(images, draw(1))
    spread = (changed.amax(1) - changed.amin(1)).flatten(1).amax(1)
    assert 8 <= int((spread < 1e-6).sum()) <= 36  # 20 expected


def test_values_stay_in_range() -> None:
    changed = augmentation.expression_input(torch.rand(30, 3, 16, 16, generator=draw()), draw(2))
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="images"):
        augmentation.elastic(torch.rand(2, 4, 8, 8), draw())
