"""The source's own pixels: carried where they belong, blended, and kept through files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.folding import folded
from avatar_core.emoportraits.generator import PortraitGenerator, SourceCode
from avatar_core.emoportraits.model import model_arrays, portrait_model
from avatar_core.emoportraits.pose import identity_grid, inverse, pose_grid, sample_volume
from avatar_core.emoportraits.source_detail import (
    PLACES,
    Detailed,
    SourceDetail,
    source_places,
)
from avatar_core.errors import ShapeError
from tests.avatar_core.emoportraits.reference import random_inputs

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig


@pytest.fixture
def config(small_config: PortraitConfig) -> PortraitConfig:
    torch.manual_seed(3)
    return replace(small_config, detail_width=8, head_pose_width=8, head_pose_size=32)


def plain_places(config: PortraitConfig, moved: float = 0.0) -> Tensor:
    """Every cell comes from where it is, but for `moved` along x."""
    side = config.latent_size
    steps = (2 * torch.arange(side) + 1) / side - 1
    places = torch.ones(1, PLACES, config.depth, side, side)
    places[:, 0] = steps + moved
    places[:, 1] = steps[:, None]
    return places


def laid(config: PortraitConfig, source: Tensor, places: Tensor, decoded: Tensor) -> Detailed:
    side = config.latent_size
    volume = torch.randn(1, config.latent_channels, config.depth, side, side)
    detail = SourceDetail(config)
    with torch.inference_mode():
        answer: Detailed = detail(
            source, volume, places, decoded, torch.randn(1, config.expression_size)
        )
    return answer


def test_pixels_that_stay_are_those_of_the_source(config: PortraitConfig) -> None:
    source, decoded = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    picture, carried, trust, *_ = laid(config, source, plain_places(config), decoded)
    inner = slice(2, -2)
    torch.testing.assert_close(carried[..., inner, inner], source[..., inner, inner])
    # Untrained, it trusts the source by sigmoid(1.5) and paints nothing.
    torch.testing.assert_close(trust, torch.full_like(trust, 0.8175745))
    torch.testing.assert_close(picture, 0.8175745 * carried + 0.1824255 * decoded)


def test_pixels_are_read_where_their_cells_come_from(config: PortraitConfig) -> None:
    source = torch.rand(1, 3, 32, 32)
    _, carried, *_ = laid(config, source, plain_places(config, moved=2 * 2 / 32), source)
    inner = slice(4, -4)
    torch.testing.assert_close(
        carried[..., inner, inner], source.roll(-2, -1)[..., inner, inner], rtol=0, atol=1e-4
    )


def test_cells_that_are_half_inside_still_tell_their_place(config: PortraitConfig) -> None:
    source, places = torch.rand(1, 3, 32, 32), plain_places(config)
    places[:, :3] *= 0.5
    _, carried, *_ = laid(config, source, places, source)
    inner = slice(2, -2)
    torch.testing.assert_close(
        carried[..., inner, inner], source[..., inner, inner], rtol=0, atol=1e-4
    )


def test_places_are_read_at_the_depth_that_is_seen(config: PortraitConfig) -> None:
    """Slices that lie apart by depth show the one in the middle of those that are seen."""
    source, places = torch.rand(1, 3, 32, 32), plain_places(config)
    slices = (2 * torch.arange(config.depth) + 1) / config.depth - 1
    places[:, 5] = slices[:, None, None]
    found = laid(config, source, places, source).depth
    assert found.shape == (1, config.image_size, config.image_size)
    assert bool((found.abs() < 1 - 1 / config.depth + 1e-6).all())


def test_a_larger_source_makes_a_larger_picture(config: PortraitConfig) -> None:
    source, decoded = torch.rand(1, 3, 64, 64), torch.zeros(1, 3, 32, 32)
    picture, carried, *_ = laid(config, source, plain_places(config), decoded)
    assert picture.shape == (1, 3, 64, 64)
    inner = slice(6, -6)  # to where places are no longer interpolated but clamped
    torch.testing.assert_close(carried[..., inner, inner], source[..., inner, inner])
    torch.testing.assert_close(picture, 0.8175745 * carried)


def test_places_are_put_right_by_less_than_a_cell_of_the_volume(config: PortraitConfig) -> None:
    torch.manual_seed(1)
    detail = SourceDetail(config).eval()
    source, latent = torch.rand(1, 3, 32, 32), torch.zeros(1, config.expression_size)
    volume = torch.zeros(1, config.latent_channels, *plain_places(config).shape[2:])
    before = detail(source, volume, plain_places(config), source, latent)
    with torch.no_grad():
        assert detail.fine_shift.bias is not None
        detail.fine_shift.bias[0] = 2 / 32 / 0.05  # a pixel to the right
    after = detail(source, volume, plain_places(config), source, latent)
    torch.testing.assert_close(after.at[:, 0], before.at[:, 0] + 2 / 32)
    inner = slice(6, -6)
    moved = after.carried[..., inner, 5:25]
    torch.testing.assert_close(moved, before.carried[..., inner, 6:26], atol=1e-4, rtol=0)


def test_depth_is_put_right_pixel_by_pixel(config: PortraitConfig) -> None:
    """Places that differ from slice to slice are read deeper once the U-Net says so."""
    torch.manual_seed(1)
    detail = SourceDetail(config).eval()
    places = plain_places(config)
    slices = (2 * torch.arange(config.depth) + 1) / config.depth - 1
    places[:, 0] += 0.1 * slices[:, None, None]
    source, latent = torch.rand(1, 3, 32, 32), torch.zeros(1, config.expression_size)
    volume = torch.zeros(1, config.latent_channels, *places.shape[2:])
    before = detail(source, volume, places, source, latent)
    with torch.no_grad():
        assert detail.fine_depth.bias is not None
        detail.fine_depth.bias[0] = 0.2 / 0.05
    after = detail(source, volume, places, source, latent)
    torch.testing.assert_close(after.depth, before.depth + 0.2)
    inner = slice(6, -6)
    moved = (after.at - before.at)[:, 0, inner, inner]
    own = 0.2 * (config.depth - 1) / config.depth  # poses count the ends of the volume
    torch.testing.assert_close(moved, torch.full_like(moved, 0.1 * own), atol=2e-3, rtol=0)


def test_places_of_another_layout_are_refused(config: PortraitConfig) -> None:
    source = torch.rand(1, 3, 32, 32)
    with pytest.raises(ShapeError):
        laid(config, source, plain_places(config)[:, :-1], source)


def test_places_go_the_way_of_the_volume() -> None:
    """A volume that holds its own places, taken through the samplings, ends as they say."""
    depth, side = 4, 16
    theta = torch.eye(4)[None] * torch.tensor([1.1, 1.1, 1.1, 1.0])[:, None]
    theta[:, :3, 3] = torch.tensor([0.05, -0.1, 0.02])
    warp = 0.6 * identity_grid(depth, side, side)[None, ..., :3]
    steps = (2 * torch.arange(side) + 1) / side - 1
    volume = torch.stack(
        [steps.expand(depth, side, side), steps[:, None].expand(depth, side, side)]
    )
    away = pose_grid(inverse(theta), depth, side, side)
    wanted = sample_volume(sample_volume(volume[None], away), warp)
    found = source_places(theta, warp)
    inside = found[:, 2] > 1 - 1e-6
    inside[:, [0, -1]] = False  # there, what the volume holds fades towards its outer faces
    assert inside.float().mean() > 0.2
    torch.testing.assert_close(
        found[:, :2].movedim(1, -1)[inside], wanted.movedim(1, -1)[inside], rtol=0, atol=1e-5
    )
    torch.testing.assert_close(
        found[0, 3:].movedim(0, -1), identity_grid(depth, side, side)[..., :3]
    )


def test_a_source_brings_its_picture_and_a_restored_one_gets_it_back(
    config: PortraitConfig,
) -> None:
    generator = PortraitGenerator(config).eval()
    given = random_inputs(config, batch=1)
    with torch.inference_mode():
        source = generator.encode_source(given["image"], given["mask"], given["theta"])
        kept = SourceCode(source.identity, source.canonical, source.theta, source.latent)
        restored = generator.with_picture(kept, given["image"], given["mask"])
        wanted = generator.drive(source, given["latent"], given["pose"])
        torch.testing.assert_close(
            generator.drive(restored, given["latent"], given["pose"]), wanted
        )
        plain = generator.drive(kept, given["latent"], given["pose"])
    assert len(kept.parts) == 4
    assert len(source.parts) == 6
    assert (wanted - plain).abs().mean() > 0.05
    assert wanted.min() >= 0
    assert wanted.max() <= 1
    assert source.picture is not None
    nobody = given["mask"].expand_as(given["image"]) == 0
    green = torch.tensor([0.0, 1.0, 0.0])[:, None, None].expand_as(given["image"])
    torch.testing.assert_close(source.picture[nobody], green[nobody])


def test_one_source_under_several_drivers(config: PortraitConfig) -> None:
    generator = PortraitGenerator(config).eval()
    given = random_inputs(config, batch=2)
    first = {name: value[:1] for name, value in given.items()}
    with torch.inference_mode():
        source = generator.encode_source(first["image"], first["mask"], first["theta"])
        together = generator.drive(source, given["latent"], given["pose"])
        for row in range(2):
            alone = generator.drive(source, given["latent"][[row]], given["pose"][[row]])
            # Batches round otherwise, and places at the rim are divided by little.
            torch.testing.assert_close(together[[row]], alone, rtol=0, atol=2e-3)


def test_models_keep_it_in_their_files(config: PortraitConfig) -> None:
    generator, head_pose = PortraitGenerator(config).eval(), HeadPoseNet("resnet18", 8, 32).eval()
    arrays = model_arrays(generator, head_pose, half=False)
    assert any(name.startswith("generator.detail_nw.") for name in arrays)
    opened = portrait_model(config.to_plain(), arrays).generator
    given = random_inputs(config, batch=1)
    inputs = [given[name] for name in ("image", "mask", "theta", "latent", "pose")]
    with torch.inference_mode():
        torch.testing.assert_close(opened(*inputs), folded(generator)(*inputs))


def test_older_files_have_none(small_config: PortraitConfig) -> None:
    config = replace(small_config, head_pose_width=8, head_pose_size=32)
    arrays = model_arrays(PortraitGenerator(config), HeadPoseNet("resnet18", 8, 32))
    plain = {name: value for name, value in config.to_plain().items() if name != "detail_width"}
    opened = portrait_model(plain, arrays).generator
    assert opened.detail_nw is None
    assert not any("detail" in name for name in opened.state_dict())
