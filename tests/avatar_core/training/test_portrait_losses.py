"""Losses of portrait training, against worked numbers and the reference's."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from avatar_core.errors import ShapeError
from avatar_core.training import portrait_losses as losses
from avatar_core.training.portrait_presets import PortraitWeights
from tests.avatar_core.emoportraits.reference import Golden


@pytest.fixture
def golden() -> Golden:
    return Golden("losses")


def test_agrees_with_the_reference(golden: Golden) -> None:
    real, drawn = ([golden[f"in/{kind}{i}"] for i in (0, 1)] for kind in ("real", "fake"))
    real_features, drawn_features = (
        [[golden[f"in/{kind}{i}{j}"] for j in (0, 1)] for i in (0, 1)] for kind in ("rf", "ff")
    )
    source, driver = golden["in/z_source"], golden["in/z_driver"]
    found, mixed = golden["in/z_pred"], golden["in/z_mix"]
    mismatch = losses.source_driver_mismatch(source, driver, margin=0.5)
    results = {
        "hinge_dis": losses.hinge_discriminator(real, drawn),
        "hinge_gen": losses.hinge_generator(drawn),
        "feature_matching": losses.feature_matching(real_features, drawn_features),
        "sdm_margin05_per_item": mismatch,
        "contrastive_pred": losses.contrastive(found, driver, mismatch),
        "contrastive_mix": losses.contrastive(mixed, driver, mismatch),
        "pull_margin01": losses.pull(found, driver),
        "push_margin03": losses.push(found, driver),
    }
    for name, value in results.items():
        assert torch.allclose(value, golden[f"out/{name}"], rtol=1e-5, atol=1e-6), name


def test_a_sure_discriminator_has_nothing_to_learn() -> None:
    sure = losses.hinge_discriminator([torch.full((2, 1, 4, 4), 1.5)], [torch.full((2, 1), -1.0)])
    unsure = losses.hinge_discriminator([torch.zeros(3), torch.ones(1)], [torch.zeros(3), -torch.ones(1)])  # noqa: E501  # fmt: skip
    assert sure == 0
    assert unsure == 1  # 2 at the first scale, 0 at the second


def test_features_of_real_pictures_do_not_learn() -> None:
    real, drawn = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    losses.feature_matching([[real]], [[drawn]]).backward()
    assert real.grad is None
    assert drawn.grad is not None


def directions(*angles_rad: float) -> Tensor:
    return torch.tensor([[math.cos(a), math.sin(a)] for a in angles_rad])


def test_contrast_by_hand() -> None:
    # Cosines: own 1 and 0, others 0 and 1, for three latents of which two are swapped.
    found = directions(0, math.pi / 2)
    right = losses.contrastive(found, found)
    swapped = losses.contrastive(found, found.flip(0))
    assert right.item() == pytest.approx(2 * math.log(1 + math.exp(-0.8 / 0.2)), rel=1e-5)
    assert swapped.item() == pytest.approx(2 * math.log(1 + math.exp(1.2 / 0.2)), rel=1e-5)


def test_contrast_counts_every_other_item() -> None:
    found = torch.eye(4)
    expected = 4 * math.log(1 + 3 * math.exp(-0.8 / 0.2))
    assert losses.contrastive(found, found).item() == pytest.approx(expected, rel=1e-5)


def test_one_item_has_nobody_to_be_told_from() -> None:
    alone = torch.ones(1, 8)
    assert losses.contrastive(alone, alone) == 0
    assert losses.push(alone, alone) == 0


def test_mismatch_asks_the_driver_alone_and_allows_its_margin() -> None:
    source = directions(0, 0, 0).requires_grad_()
    driver = directions(0, math.acos(0.75), math.pi).requires_grad_()
    found = losses.source_driver_mismatch(source, driver)
    assert found.tolist() == pytest.approx([0.5, 0.25, 0], abs=1e-6)
    found.sum().backward()
    assert source.grad is None
    assert driver.grad is not None


def test_pull_and_push_by_hand() -> None:
    found, wanted = directions(0, 0), directions(0, math.acos(0.5))
    assert losses.pull(found, wanted).item() == pytest.approx(0.25, abs=1e-6)
    # The first is as like the second's driver as 0.5, the second as the first's as 1.
    assert losses.push(found, wanted).item() == pytest.approx((0.2 + 0.7) / 2, abs=1e-6)


def test_length_of_latents_does_not_count() -> None:
    found, wanted = torch.randn(3, 8), torch.randn(3, 8)
    for term in (losses.contrastive, losses.pull, losses.push):
        scaled, plain = term(5 * found, wanted / 3).item(), term(found, wanted).item()
        assert scaled == pytest.approx(plain, rel=1e-5)


def test_canonical_volume_of_the_target_does_not_learn() -> None:
    source, target = torch.zeros(2, requires_grad=True), torch.ones(2, requires_grad=True)
    distance = losses.canonical_distance(source, target)
    distance.backward()
    assert distance == 1
    assert target.grad is None


def test_a_part_is_compared_inside_its_mask() -> None:
    drawn, target = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    mask = torch.tensor([[1.0, 0.5], [0, 0]])[None, None]
    assert losses.part_distance(drawn, target, mask).item() == pytest.approx(1.5 / 4)


def test_settings_start_from_the_released_weights() -> None:
    settings = PortraitWeights()
    for name, weight in losses.PUBLISHED_WEIGHTS.items():
        assert getattr(settings, name) == weight.released, name


def test_other_numbers_of_latents_are_refused() -> None:
    with pytest.raises(ShapeError, match="wanted"):
        losses.contrastive(torch.ones(2, 8), torch.ones(3, 8))
