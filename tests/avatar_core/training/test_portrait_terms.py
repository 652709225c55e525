"""Losses of a step: which there are, and what each one teaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.training.portrait_batch import PortraitBatch, Sampling, draw_batch
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_features import LossNets
from avatar_core.training.portrait_networks import PortraitNetworks, pose_error, pose_numbers
from avatar_core.training.portrait_presets import PortraitSettings, preset
from avatar_core.training.portrait_steps import StepPlan, draw_mixed, draw_pairs
from avatar_core.training.portrait_terms import feature_terms, mixed_terms, picture_terms
from tests.avatar_core.training.portrait_tiny import tiny_settings
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLAN = StepPlan(true_poses=True, asks_warps=False, mixed=True, judged=True)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> PortraitBatch:
    folder: Path = write_people(tmp_path_factory.mktemp("people") / "eggs")
    return draw_batch(People(folder, "train", 32), Sampling(people=2, drivers=2), (5,))


@pytest.fixture
def settings() -> PortraitSettings:
    return tiny_settings(10)


@pytest.fixture
def networks(settings: PortraitSettings) -> PortraitNetworks:
    torch.manual_seed(1)
    return PortraitNetworks(settings.config).train()


class Halving:
    """A loss network for tests: two sizes of the picture itself."""

    def __call__(self, image: torch.Tensor) -> Sequence[torch.Tensor]:
        return [image, torch.nn.functional.avg_pool2d(image, 2)]


def test_perfect_pictures_cost_nothing(
    batch: PortraitBatch, settings: PortraitSettings, networks: PortraitNetworks
) -> None:
    pairs, _ = draw_pairs(networks, batch, PLAN, settings, torch.Generator())
    perfect = replace(pairs, drawn=pairs.targets, decoded=pairs.targets)
    terms = picture_terms(perfect, batch, settings)
    terms |= feature_terms(perfect, batch, settings, LossNets(perceptual=Halving()))
    assert {name: float(value) for name, value in terms.items()} == dict.fromkeys(terms, 0.0)
    assert "perceptual" in terms


def test_terms_of_missing_networks_are_left_out(
    batch: PortraitBatch, networks: PortraitNetworks
) -> None:
    settings = replace(tiny_settings(10), weights=preset("official").weights)
    pairs, _ = draw_pairs(networks, batch, PLAN, settings, torch.Generator())
    assert feature_terms(pairs, batch, settings, LossNets()) == {}
    full = LossNets(face=lambda image: [image] * 5, gaze=lambda image: [image] * 5)
    assert set(feature_terms(pairs, batch, settings, full)) == {"face", "gaze"}


def test_what_drives_learns_nothing_from_mixed_pairs(
    batch: PortraitBatch, settings: PortraitSettings, networks: PortraitNetworks
) -> None:
    pairs, _ = draw_pairs(networks, batch, PLAN, settings, torch.Generator())
    mixed = draw_mixed(networks, batch, pairs, torch.Generator().manual_seed(2))
    assert mixed.order.tolist() == [1, 0]
    terms = mixed_terms(networks, batch, pairs, mixed, settings, LossNets())
    networks.zero_grad()
    terms["reread"].backward()
    reader = networks.generator.expression_embedder_nw
    assert all(value.requires_grad for value in reader.parameters())
    head = networks.motion_of_latent.weight
    assert head.grad is None or not head.grad.any()
    decoder = networks.generator.decoder_nw
    assert any(p.grad is not None and p.grad.any() for p in decoder.parameters())


def test_drawn_pictures_leave_the_running_statistics_alone(
    batch: PortraitBatch, settings: PortraitSettings, networks: PortraitNetworks
) -> None:
    pairs, _ = draw_pairs(networks, batch, PLAN, settings, torch.Generator())
    norm = networks.generator.expression_embedder_nw.net_face.net.bn1
    before = norm.running_mean.clone()
    draw_mixed(networks, batch, pairs, torch.Generator())
    assert torch.equal(norm.running_mean, before)
    assert norm.training


def test_all_published_losses_have_a_term_where_their_networks_are_there(
    batch: PortraitBatch, networks: PortraitNetworks
) -> None:
    settings = replace(tiny_settings(10), weights=preset("official").weights)
    nets = LossNets(Halving(), lambda i: [i] * 5, lambda i: [i] * 5, Halving())
    pairs, _ = draw_pairs(networks, batch, PLAN, settings, torch.Generator())
    mixed = draw_mixed(networks, batch, pairs, torch.Generator())
    terms = picture_terms(pairs, batch, settings)
    terms |= feature_terms(pairs, batch, settings, nets)
    terms |= mixed_terms(networks, batch, pairs, mixed, settings, nets)
    published = {"perceptual", "face", "gaze", "details", "identity", "contrastive", "pull"}
    assert published | {"push", "mismatch", "canonical"} <= terms.keys()
    assert all(torch.isfinite(value) for value in terms.values())


def test_pose_numbers_are_scale_angles_and_shift(batch: PortraitBatch) -> None:
    from avatar_core.emoportraits.pose import PoseParameters

    theta = batch.theta.flatten(0, 1)
    numbers = pose_numbers(theta)
    again = PoseParameters(*numbers.split(3, 1)).theta
    assert torch.allclose(again, theta, atol=1e-4)
    assert float(pose_error(numbers, theta)) == 0.0
