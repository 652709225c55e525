"""Baked paint: reached colours, untouched texels, and what cannot be baked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import AssetError, AvatarError, Cancelled, ShapeError, WeightsError
from avatar_core.heads import BlendshapeHead
from avatar_core.mega.assets import asset_of, model_of
from avatar_core.mega.bake import TEXTURE, bake, baked_asset
from avatar_core.mega.bake_conditions import conditions_of
from avatar_core.mega.bake_texels import BakeTexels, in_lanes, out_of_lanes
from avatar_core.mega.colour_difference import display_difference
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.project.mega_options import MegaOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.mega.bake_conditions import BakeCondition
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset
    from avatar_core.project.paint import BakedPaint

    MakeAvatar = Callable[..., AvatarAsset]

SIZE = 32


@pytest.fixture
def make_avatar(small_avatar: AvatarAsset) -> MakeAvatar:
    """The small avatar with a smooth texture of 32 x 32 texels and a colourful decoder."""

    def make(*, moving: float = 0.3, channels: int = 12, **changes: object) -> AvatarAsset:
        torch.manual_seed(3)
        config = MegaConfig(
            n_expr=52, n_pose=6, tex_size=SIZE, tex_ch=channels, disp_size=16, deform_layers=(8,),
            num_freqs=2, gaussians=20, sh_coefficients=1, **changes,  # type: ignore[arg-type]
        )  # fmt: skip
        networks = MegaNetworks(config).eval()
        ramp = torch.linspace(-0.2, 0.2, SIZE)
        with torch.no_grad():
            smooth = torch.stack([ramp.expand(SIZE, SIZE), ramp.expand(SIZE, SIZE).t()])
            code = 0.2 * torch.randn(channels, 2)
            networks.neural_texture.texture.copy_(torch.einsum("ck,khw->chw", code, smooth)[None])
            networks.head_mlp.final_siren[0].net[3].weight.mul_(40)
            if not config.uv_freqs:
                for table in (networks.pe.m_u, networks.pe.m_v):
                    table.copy_(torch.linspace(-0.1, 0.1, table.shape[1]).expand_as(table))
            for decoder in (networks.view_texture, networks.dynamic_texture):
                decoder.upsample[-1].conv2.weight.mul_(moving)
                decoder.upsample[-1].conv2.bias.mul_(moving)
        head = small_avatar.head
        assert isinstance(head, BlendshapeHead)
        options = MegaOptions(surface_conditioned=config.xyz_cond)
        return asset_of(MegaModel.of(head, networks, options), "N", "", {})

    return make


def unheard(_: float) -> None:
    """Nobody follows."""


def diffuse(asset: AvatarAsset) -> np.ndarray:
    """[S, S, 3] the colours of the basic texture, by the networks themselves."""
    networks = model_of(asset).networks
    axis = torch.linspace(-1, 1, SIZE)
    v, u = torch.meshgrid(axis, axis, indexing="ij")
    uv = torch.stack([u.reshape(-1), v.reshape(-1)], -1)
    rows = networks.neural_texture()[0].permute(1, 2, 0).reshape(SIZE * SIZE, -1)
    return networks.pixel_colours(rows, uv).detach().view(SIZE, SIZE, 3).numpy()


def reachable_paint(asset: AvatarAsset, coverage: float = 1.0) -> np.ndarray:
    """Paint on a square, of colours that the decoder has: those of slightly different latents."""
    shifted = {**asset.face.weights}
    shift = 0.25 * np.random.default_rng(1).standard_normal((1, shifted[TEXTURE].shape[1], 1, 1))
    shifted[TEXTURE] = (shifted[TEXTURE] + shift).astype(np.float32)
    colours = diffuse(replace(asset, face=replace(asset.face, weights=shifted)))
    paint = np.zeros((SIZE, SIZE, 4), np.float32)
    paint[8:20, 6:21] = coverage
    paint[..., :3] *= colours
    return paint


def texels_of(paint: np.ndarray) -> np.ndarray:
    return np.flatnonzero(paint[..., 3].reshape(-1) > 0)


def test_colours_that_the_decoder_has_are_reached(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(moving=0.0)
    paint = reachable_paint(asset)
    touched = texels_of(paint)
    wanted = paint.reshape(-1, 4)[touched, :3]
    before = display_difference(diffuse(asset).reshape(-1, 3)[touched], wanted)
    baked = bake(asset, paint, unheard)
    np.testing.assert_array_equal(baked.texels, touched)
    after = diffuse(baked_asset(asset, baked)).reshape(-1, 3)[touched]
    assert before.mean() > 3
    assert display_difference(after, wanted).mean() < 0.3
    assert baked.kept.max() < 0.05


def test_view_and_expression_go_on_shading_the_paint(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    paint = reachable_paint(asset, coverage=0.6)
    problem = problem_of(asset, paint)
    count = len(problem.texels)
    latents = bake(asset, paint, unheard).deltas
    sums = latents @ np.linalg.pinv(problem.latents_from_sums.astype(np.float64)).T
    reached = problem.colours(sums.astype(np.float32))
    missed = [
        display_difference(
            out_of_lanes(reached[:, c], count), out_of_lanes(problem.goal[:, c], count)
        ).mean()
        for c in range(problem.goal.shape[1])
    ]
    unpainted = display_difference(
        out_of_lanes(problem.full[:, 5], count), out_of_lanes(problem.goal[:, 5], count)
    ).mean()
    assert unpainted > 1.5
    assert max(missed) < 0.25 * unpainted


def test_between_texels_colours_lie_between(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(moving=0.0)
    paint = reachable_paint(asset)
    baked = baked_asset(asset, bake(asset, paint, unheard))
    networks = model_of(baked).networks
    texture = networks.neural_texture()[0].permute(1, 2, 0).detach()
    rows, columns = np.mgrid[9:18, 8:19]
    middle = 0.25 * sum(texture[rows + i, columns + j] for i in (0, 1) for j in (0, 1))
    at = 2 * (np.stack([columns, rows], -1) + 0.5) / (SIZE - 1) - 1
    uv = torch.from_numpy(at.astype(np.float32)).reshape(-1, 2)
    shown = networks.pixel_colours(middle.reshape(len(uv), -1), uv).detach().numpy()
    corners = [paint[rows + i, columns + j, :3] for i in (0, 1) for j in (0, 1)]
    assert display_difference(shown, np.mean(corners, 0).reshape(-1, 3)).mean() < 1


def test_nothing_else_changes(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    paint = reachable_paint(asset)
    kept = {name: value.copy() for name, value in asset.face.weights.items()}
    after = baked_asset(asset, bake(asset, paint, unheard))
    for name, value in kept.items():
        np.testing.assert_array_equal(asset.face.weights[name], value, err_msg=name)
        if name != TEXTURE:
            np.testing.assert_array_equal(after.face.weights[name], value, err_msg=name)
    changed = (after.face.weights[TEXTURE] != kept[TEXTURE]).any((0, 1)).reshape(-1)
    np.testing.assert_array_equal(np.flatnonzero(changed), texels_of(paint))
    is_new = (after.face.texture != asset.face.texture).any(-1)[::-1]
    assert is_new[8:20, 6:21].mean() > 0.9
    assert not is_new[paint[..., 3] == 0].any()


def test_a_colour_out_of_reach_stays_paint(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(moving=0.0)
    paint = reachable_paint(asset)
    paint[8:20, 6:10, :3] = (0.0, 1.0, 0.0)
    baked = bake(asset, paint, unheard)
    columns = baked.texels % SIZE
    assert baked.kept[columns < 9].min() > 0.9
    assert baked.kept[columns > 14].max() < 0.1


def test_live_paint_over_what_was_reached_makes_the_picture_right(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(moving=0.0)
    paint = reachable_paint(asset)
    paint[..., :3] = np.where(paint[..., 3:] > 0, np.array([0.1, 0.8, 0.2]), 0) * 0.5
    paint[..., 3] *= 0.5
    touched = texels_of(paint)
    before = diffuse(asset).reshape(-1, 3)[touched]
    flat = paint.reshape(-1, 4)[touched]
    wanted = flat[:, :3] + (1 - flat[:, 3:]) * before
    baked = bake(asset, paint, unheard)
    reached = diffuse(baked_asset(asset, baked)).reshape(-1, 3)[touched]
    live = baked.kept[:, None] * flat
    shown = live[:, :3] + (1 - live[:, 3:]) * reached
    missed = display_difference(reached, wanted).mean()
    assert display_difference(shown, wanted).mean() < 0.3 * missed


def test_files_without_paint_get_the_nearest_colours(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(moving=0.0)
    paint = reachable_paint(asset, coverage=0.6)
    paint[8:20, 6:10, :3] = (0.0, 0.6, 0.0)
    touched = texels_of(paint)
    is_far = touched % SIZE < 9
    before = diffuse(asset).reshape(-1, 3)[touched]
    flat = paint.reshape(-1, 4)[touched]
    wanted = flat[:, :3] + (1 - flat[:, 3:]) * before
    shared, whole = (bake(asset, paint, unheard, whole=each) for each in (False, True))
    missed = [
        display_difference(colours[is_far], wanted[is_far]).mean()
        for colours in (
            before,
            diffuse(baked_asset(asset, shared)).reshape(-1, 3)[touched],
            diffuse(baked_asset(asset, whole)).reshape(-1, 3)[touched],
        )
    ]
    assert missed[2] < 0.8 * missed[1]
    assert missed[1] == pytest.approx(missed[0], rel=0.05)
    assert whole.kept[is_far].min() > 0.9
    assert whole.kept[touched % SIZE > 14].max() < 0.1


def test_the_same_paint_gives_the_same_bits(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    paint = reachable_paint(asset)
    first, second = (bake(asset, paint, unheard, source="abc") for _ in range(2))
    for name in ("texels", "deltas", "kept"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.source == "abc"
    assert (first.texels.dtype, first.deltas.dtype, first.kept.dtype) == (
        np.int32, np.float32, np.float32
    )  # fmt: skip


def test_no_paint_is_nothing_to_do(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    baked = bake(asset, np.zeros((SIZE, SIZE, 4), np.float32), unheard)
    assert baked.deltas.shape == (0, 12)
    assert not len(baked.texels)
    same = baked_asset(asset, baked)
    np.testing.assert_array_equal(same.face.weights[TEXTURE], asset.face.weights[TEXTURE])
    np.testing.assert_array_equal(same.face.texture, asset.face.texture)


@pytest.mark.parametrize("count", [1, 16, 17])
def test_any_number_of_texels(make_avatar: MakeAvatar, count: int) -> None:
    asset = make_avatar()
    paint = np.zeros((SIZE * SIZE, 4), np.float32)
    paint[SIZE * SIZE - count :] = (0.2, 0.1, 0.1, 0.5)
    baked = bake(asset, paint.reshape(SIZE, SIZE, 4), unheard)
    assert len(baked.texels) == count
    assert np.isfinite(baked.deltas).all()


def test_progress_rises_to_the_end(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    heard: list[float] = []
    bake(asset, reachable_paint(asset), heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)


@pytest.mark.parametrize("at", [0.05, 0.5])
def test_it_can_be_stopped(make_avatar: MakeAvatar, at: float) -> None:
    asset = make_avatar()

    heard: list[float] = []

    def stop(done: float) -> None:
        heard.append(done)
        if done >= at and max(heard[:-1], default=0.0) < at:
            raise Cancelled

    with pytest.raises(Cancelled):
        bake(asset, reachable_paint(asset), stop)
    assert all(done < at for done in heard[:-1])


def test_a_plain_face_says_so(small_avatar: AvatarAsset, make_avatar: MakeAvatar) -> None:
    with pytest.raises(AvatarError, match="plain texture"):
        bake(small_avatar, np.zeros((16, 16, 4), np.float32), unheard)
    neural = make_avatar()
    baked = bake(neural, reachable_paint(neural), unheard)
    with pytest.raises(AvatarError, match="plain texture"):
        baked_asset(small_avatar, baked)


def test_what_does_not_fit_is_refused(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    with pytest.raises(ShapeError):
        bake(asset, np.ones((16, 16, 4), np.float32), unheard)
    with pytest.raises(ShapeError):
        bake(asset, np.ones((SIZE, SIZE, 3), np.float32), unheard)
    baked = bake(asset, reachable_paint(asset), unheard)
    for damaged in (
        replace(baked, texels=baked.texels + SIZE * SIZE),
        replace(baked, texels=baked.texels - SIZE * SIZE),
        replace(baked, deltas=baked.deltas[:, :8]),
    ):
        with pytest.raises(AssetError, match="does not fit"):
            baked_asset(asset, damaged)


def test_too_few_channels_are_named(make_avatar: MakeAvatar) -> None:
    asset = make_avatar(channels=4)
    with pytest.raises(WeightsError, match="too few channels"):
        bake(asset, np.full((SIZE, SIZE, 4), 0.5, np.float32), unheard)


def problem_of(asset: AvatarAsset, paint: np.ndarray) -> BakeTexels:
    model = model_of(asset)
    return BakeTexels.of(
        model, paint, texels_of(paint).astype(np.int32), conditions_of(model), unheard
    )


@pytest.mark.parametrize("changes", [{}, {"uv_freqs": 6}, {"xyz_cond": True, "uv_freqs": 4}])
def test_the_kernel_decodes_as_the_networks_do(
    make_avatar: MakeAvatar, changes: dict[str, object]
) -> None:
    asset = make_avatar(**changes)
    paint = np.full((SIZE, SIZE, 4), 0.5, np.float32)
    baked = bake(asset, paint, unheard)
    model = model_of(asset)
    painted = model_of(baked_asset(asset, baked))
    problem = problem_of(asset, paint)
    inverse = np.linalg.pinv(problem.latents_from_sums.astype(np.float64))
    sums = (baked.deltas @ inverse.T).astype(np.float32)
    colours = problem.colours(sums)
    for at, condition in enumerate(conditions_of(model), 1):
        expected = network_colours(painted, condition)
        is_on = ~np.isnan(expected[:, 0])
        found = out_of_lanes(colours[:, at], SIZE * SIZE)
        assert is_on.sum() > 100
        np.testing.assert_allclose(found[is_on], expected[is_on], atol=4e-3)


@torch.inference_mode()
def network_colours(model: MegaModel, condition: BakeCondition) -> np.ndarray:
    """[S * S, 3] by the modules, not the folded decoders; NaN off the charts if that matters."""
    from avatar_core.mega.atlas import atlas_places

    networks = model.networks
    texture = networks.neural_texture() + networks.dynamic_texture(
        torch.from_numpy(condition.driving)[None]
    )
    texture = texture + networks.view_texture(
        tiled_view(torch.from_numpy(condition.direction)[None])
    )
    axis = torch.linspace(-1, 1, SIZE)
    v, u = torch.meshgrid(axis, axis, indexing="ij")
    uv = torch.stack([u.reshape(-1), v.reshape(-1)], -1)
    places = None
    if networks.config.xyz_cond:
        places = atlas_places(model.surface, model.canonical_vertices, SIZE).view(-1, 3)
    rows = texture[0].permute(1, 2, 0).reshape(SIZE * SIZE, -1)
    colours = networks.pixel_colours(rows, uv, places).numpy()
    if places is not None:
        colours[(places == 0).all(-1).numpy()] = np.nan
    return colours


def test_a_step_goes_downhill_as_far_as_an_independent_solver(make_avatar: MakeAvatar) -> None:
    from scipy.optimize import least_squares

    asset = make_avatar()
    paint = np.zeros((SIZE, SIZE, 4), np.float32)
    paint[10, 10:14] = (0.1, 0.07, 0.06, 0.2)
    problem = problem_of(asset, paint)
    nothing = np.zeros((4, 8), np.float32)
    every = np.arange(13, dtype=np.int32)
    sums, costs = problem.fitted(nothing, nothing, 1e-3, 1.0, every, 40, unheard)
    goal, metric = problem.goal[0], problem.metric[0]
    for lane in range(4):

        def residuals(values: np.ndarray, lane: int = lane) -> np.ndarray:
            shown = problem.colours(np.tile(values, (4, 1)).astype(np.float32))[0, :, :, lane]
            weighed = (shown - goal[:, :, lane]) @ metric[:, lane].reshape(3, 3).T
            return np.concatenate([weighed.ravel(), np.sqrt(1e-3) * values])

        best = least_squares(residuals, np.zeros(8), diff_step=1e-3)
        ours = float((residuals(sums[lane]) ** 2).sum())
        assert ours <= 2.02 * best.cost
        assert costs[lane] == pytest.approx(ours, rel=0.02)


def test_lanes_come_back() -> None:
    values = np.arange(17 * 3, dtype=np.float32).reshape(17, 3)
    lanes = in_lanes(values)
    assert lanes.shape == (2, 3, 16)
    np.testing.assert_array_equal(lanes[0, 2], values[:16, 2])
    np.testing.assert_array_equal(out_of_lanes(lanes, 17), values)


def test_conditions_spread_over_views_and_expressions(
    make_avatar: MakeAvatar, some_take: Take
) -> None:
    model = model_of(make_avatar())
    conditions = conditions_of(model)
    assert len(conditions) == 12
    directions = np.stack([each.direction for each in conditions])
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    assert len(np.unique(directions[:, 0])) == 6
    assert directions[:, 0].min() < -0.5 < 0.5 < directions[:, 0].max()
    assert directions[:, 2].min() > 0
    pairs = {(a.driving.tobytes(), a.direction.tobytes()) for a in conditions}
    assert len(pairs) == 12
    again = conditions_of(model)
    assert all(np.array_equal(a.driving, b.driving) for a, b in zip(conditions, again, strict=True))
    taken = conditions_of(model, [some_take])
    assert not np.array_equal(taken[0].driving, conditions[0].driving)
    assert len({each.driving.tobytes() for each in taken}) == 6


def test_takes_of_few_expressions_are_filled_up_with_the_round(
    make_avatar: MakeAvatar, some_take: Take
) -> None:
    model = model_of(make_avatar())
    weights = np.zeros_like(some_take.weights)
    weights[4:, 24] = 1.0  # the mouth opens, and that is all
    still, dull = (replace(some_take, weights=each) for each in (0 * weights, weights))
    of_round, of_still, of_dull = (
        {each.driving.tobytes() for each in conditions_of(model, takes)}
        for takes in ((), [still], [still, dull])
    )
    assert of_still == of_round
    assert len(of_dull) == 6
    assert len(of_dull - of_round) == 1


def test_bakes_are_plain_values(make_avatar: MakeAvatar) -> None:
    asset = make_avatar()
    baked: BakedPaint = bake(asset, reachable_paint(asset), unheard)
    assert ((baked.kept >= 0) & (baked.kept <= 1)).all()
    assert (np.diff(baked.texels) > 0).all()
