from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud, seen_colours
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED, SELECTED
from avatar_core.geometry import (
    matrix_from_axis_angle,
    matrix_from_quat,
    quat_from_matrix,
    quat_multiply,
)
from avatar_core.hair.edited import basic_colours, edited_hair
from avatar_core.motion import MotionFrame
from avatar_core.project.hair_edits import CHANNEL_WIDTHS, HairChannel, HairEdits, HairLayer

COUNT = 40
SPREAD = {
    HairChannel.OFFSETS: 0.02,
    HairChannel.TURNS: 0.6,
    HairChannel.SIZES: 0.3,
    HairChannel.FADES: 0.3,
    HairChannel.COLOURS: 0.1,
}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def base(known_hair) -> GaussianCloud:
    return known_hair.cloud.subset(slice(0, COUNT))


def layer(rng, rows=COUNT, channels=tuple(HairChannel), **options) -> HairLayer:
    """Random edits of about every second Gaussian."""
    arrays = {}
    for channel in channels:
        array = SPREAD[channel] * rng.normal(size=(rows, CHANNEL_WIDTHS[channel]))
        array[rng.random(rows) < 0.5] = 0
        arrays[channel] = np.abs(array) if channel is HairChannel.FADES else array
    arrays = {each: array.astype(np.float32) for each, array in arrays.items()}
    if HairChannel.FADES in arrays:
        arrays[HairChannel.FADES] = arrays[HairChannel.FADES].clip(0, 1)
    return HairLayer("Layer", channels=arrays, **options)


def only(channel: HairChannel, row: int, *value: float, **options) -> HairLayer:
    """A layer that changes one Gaussian."""
    array = np.zeros((COUNT, len(value)), np.float32)
    array[row] = value
    return HairLayer("Layer", channels={channel: array}, **options)


def edits_of(*layers: HairLayer, **options) -> HairEdits:
    numbered = {str(i + 1): each for i, each in enumerate(layers)}
    return HairEdits(base_count=COUNT, layers=numbered, **options)


def with_added(edits: HairEdits, rng, base, count: int, owner: int = 1) -> HairEdits:
    rows = rng.integers(0, COUNT, count).astype(np.int32)
    cloud = base.subset(rows)
    cloud = replace(cloud, means=cloud.means + 0.01 * rng.normal(size=(count, 3)).astype("f4"))
    joined = cloud if edits.added is None else edits.added.followed_by(cloud)
    return replace(
        edits,
        added=joined,
        parents=np.concatenate([edits.parents, rows]),
        owners=np.concatenate([edits.owners, np.full(count, owner, np.int32)]),
    )


def frame_of(base, turn=None, shift=0.0, deformation=0.0) -> AvatarFrame:
    """The hairstyle turned as a whole and moved, and each Gaussian moved by itself."""
    turn = np.eye(3, dtype=np.float32) if turn is None else turn
    whole = np.broadcast_to(quat_from_matrix(turn), base.quats.shape)
    return AvatarFrame(
        motion=MotionFrame(),
        vertices=np.zeros((3, 3), np.float32),
        hair_means=(base.means @ turn.T + shift + deformation).astype(np.float32),
        hair_quats=quat_multiply(whole, base.quats),
        hair_turn=turn,
    )


def covariances(quats, scales) -> np.ndarray:
    axes = matrix_from_quat(quats) * scales[:, None, :]
    return axes @ axes.transpose(0, 2, 1)


def assert_same_hair(one, other) -> None:
    for name in ("means", "scales", "opacities", "sh"):
        np.testing.assert_allclose(
            getattr(one.cloud, name), getattr(other.cloud, name), atol=1e-5, err_msg=name
        )
    np.testing.assert_allclose(
        covariances(one.cloud.quats, one.cloud.scales),
        covariances(other.cloud.quats, other.cloud.scales),
        atol=1e-9,
    )
    for name in ("offsets", "size_factors", "opacity_factors", "constant_shifts", "weights"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), atol=1e-5, err_msg=name
        )
    np.testing.assert_allclose(
        matrix_from_quat(one.turns), matrix_from_quat(other.turns), atol=1e-5
    )
    assert np.array_equal(one.cloud.flags, other.cloud.flags)
    assert np.array_equal(one.rows, other.rows)


def test_at_rest_the_frame_shows_the_edited_cloud(base, rng):
    edits = with_added(edits_of(layer(rng), layer(rng, strength=0.4)), rng, base, 7)
    hair = edited_hair(base, edits)

    worn = hair.worn(frame_of(base))

    np.testing.assert_allclose(worn.hair_means, hair.cloud.means, atol=1e-6)
    np.testing.assert_allclose(worn.hair_scales, hair.cloud.scales, rtol=1e-5)
    np.testing.assert_allclose(worn.hair_opacities, hair.cloud.opacities, atol=1e-6)
    np.testing.assert_allclose(worn.hair_constants, hair.cloud.sh[:, 0], atol=1e-5)
    np.testing.assert_allclose(
        covariances(worn.hair_quats, worn.hair_scales),
        covariances(hair.cloud.quats, hair.cloud.scales),
        atol=1e-9,
    )


def test_a_turned_frame_shows_the_edited_cloud_turned(base, rng):
    turn = matrix_from_axis_angle(np.array([0.4, -0.9, 0.3], np.float32))
    shift = np.array([0.1, 0.2, -0.3], np.float32)
    hair = edited_hair(base, with_added(edits_of(layer(rng)), rng, base, 5))

    worn = hair.worn(frame_of(base, turn, shift))

    np.testing.assert_allclose(worn.hair_means, hair.cloud.means @ turn.T + shift, atol=1e-6)
    at_rest = covariances(hair.cloud.quats, hair.cloud.scales)
    np.testing.assert_allclose(
        covariances(worn.hair_quats, worn.hair_scales), turn @ at_rest @ turn.T, atol=1e-9
    )


def test_a_bent_gaussian_shows_its_colours_to_where_it_was_bent(base, rng):
    turn = np.array([0.5, 0.8, -0.4], np.float32)
    hair = edited_hair(base, edits_of(only(HairChannel.TURNS, 3, *turn)))
    directions = rng.normal(size=(50, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)

    def seen(sh, along):
        return seen_colours(np.repeat(sh[3:4], len(along), axis=0), along)

    bent = directions @ matrix_from_axis_angle(turn).T
    np.testing.assert_allclose(seen(hair.cloud.sh, bent), seen(base.sh, directions), atol=1e-5)
    assert np.abs(seen(hair.cloud.sh, directions) - seen(base.sh, directions)).max() > 0.01


def test_what_the_deformation_does_is_carried_along(base, rng):
    deformation = 0.01 * rng.normal(size=(COUNT, 3)).astype(np.float32)
    edits = with_added(edits_of(only(HairChannel.OFFSETS, 2, 0.0, 0.05, 0.0)), rng, base, 6)
    hair = edited_hair(base, edits)

    rest, moved = hair.worn(frame_of(base)), hair.worn(frame_of(base, deformation=deformation))

    np.testing.assert_allclose(
        moved.hair_means - rest.hair_means, deformation[hair.rows], atol=1e-6
    )
    np.testing.assert_allclose(hair.rows[COUNT:], edits.parents)


def test_layers_turn_one_after_the_other_from_the_lowest_up(base):
    first, second = (0.0, 0.0, np.pi / 2), (np.pi / 2, 0.0, 0.0)
    edits = edits_of(only(HairChannel.TURNS, 0, *first), only(HairChannel.TURNS, 0, *second))

    turned = matrix_from_quat(edited_hair(base, edits).turns[0])

    # x goes to y, then y to z.
    np.testing.assert_allclose(turned @ [1.0, 0.0, 0.0], [0, 0, 1], atol=1e-6)


@pytest.mark.parametrize(("strength", "is_visible", "share"), [(0.25, True, 0.25), (1, False, 0)])
def test_strength_and_visibility_say_how_much_counts(base, strength, is_visible, share):
    options = {"strength": strength, "is_visible": is_visible}
    edits = edits_of(
        only(HairChannel.OFFSETS, 1, 0.04, 0.0, 0.0, **options),
        only(HairChannel.FADES, 1, 0.8, **options),
        only(HairChannel.SIZES, 1, np.log(2), 0.0, 0.0, **options),
        only(HairChannel.COLOURS, 1, 0.2, 0.0, 0.0, **options),
    )
    hair = edited_hair(base, edits)

    assert hair.offsets[1, 0] == pytest.approx(0.04 * share)
    assert hair.opacity_factors[1] == pytest.approx(1 - 0.8 * share)
    assert hair.size_factors[1, 0] == pytest.approx(2**share)
    shift = basic_colours(hair.cloud.sh)[1, 0] - basic_colours(base.sh)[1, 0]
    assert shift == pytest.approx(0.2 * share, abs=1e-6)


def test_fades_of_layers_multiply(base):
    edits = edits_of(only(HairChannel.FADES, 0, 0.5), only(HairChannel.FADES, 0, 0.5))
    assert edited_hair(base, edits).opacity_factors[0] == pytest.approx(0.25)


def test_what_was_added_goes_with_its_layer(base, rng):
    edits = with_added(edits_of(layer(rng), layer(rng)), rng, base, 3, owner=2)
    hidden = edits.with_layer("2", replace(edits.layers["2"], is_visible=False))

    assert (edited_hair(base, edits).cloud.opacities[COUNT:] > 0).any()
    gone = edited_hair(base, hidden)
    assert (gone.cloud.opacities[COUNT:] == 0).all()
    assert (gone.cloud.flags[COUNT:] & DELETED).all()


def test_flags_say_what_is_hidden_locked_gone_and_selected(base):
    flags, selection = np.zeros(4, np.uint8), np.zeros(6, np.uint8)
    flags[1], flags[2], selection[5] = HIDDEN, LOCKED, 128
    edits = edits_of(only(HairChannel.FADES, 3, 1.0), flags=flags, selection=selection)
    hair = edited_hair(base, edits)

    assert hair.cloud.flags[:6].tolist() == [0, HIDDEN, LOCKED, DELETED, 0, SELECTED]
    assert hair.weights[5] == pytest.approx(128 / 255)


def test_without_edits_the_frame_itself_is_shown(base):
    frame = frame_of(base)
    for edits in (HairEdits(), edits_of(HairLayer("Layer 1"))):
        hair = edited_hair(base, edits)
        assert hair.is_plain
        assert hair.worn(frame) is frame


def test_edits_of_another_hairstyle_are_left_out(base, rng):
    edits = HairEdits(base_count=COUNT + 1, layers={"1": layer(rng, COUNT + 1)})
    hair = edited_hair(base, edits)
    assert hair.is_plain
    assert np.array_equal(hair.cloud.means, base.means)


def test_bald_heads_stay_bald(base):
    bald = base.subset(slice(0, 0))
    hair = edited_hair(bald, HairEdits())
    assert len(hair.cloud) == 0
    assert hair.is_plain


def test_the_hairstyle_is_never_written_and_harmonics_are_copied_only_when_they_change(base, rng):
    before = {name: getattr(base, name).copy() for name in ("means", "quats", "sh", "opacities")}
    moved = edited_hair(base, edits_of(layer(rng, channels=[HairChannel.OFFSETS])))
    turned = edited_hair(base, edits_of(layer(rng, channels=[HairChannel.TURNS])))

    assert moved.cloud.sh is base.sh
    assert turned.cloud.sh is not base.sh
    assert not np.shares_memory(moved.cloud.means, base.means)
    for name, array in before.items():
        assert np.array_equal(getattr(base, name), array), name


def test_what_is_worked_out_from_before_equals_what_is_worked_out_anew(base):
    rng = np.random.default_rng(11)
    edits, hair = HairEdits(), edited_hair(base, HairEdits())
    for _ in range(80):
        after = _changed(edits, rng, base)
        resumed = edited_hair(base, after, (hair, edits))
        assert_same_hair(resumed, edited_hair(base, after))
        edits, hair = after, resumed


def _changed(edits: HairEdits, rng: np.random.Generator, base) -> HairEdits:
    """Any one thing that can be done to edits, or taken back."""
    if edits.is_empty:
        return edits_of(layer(rng))
    layer_id = str(rng.choice(list(edits.layers)))
    chosen = edits.layers[layer_id]
    deed = rng.integers(0, 8)
    if deed == 0:
        return with_added(edits, rng, base, int(rng.integers(1, 4)), owner=int(layer_id))
    if deed == 1 and len(edits.parents):
        left = len(edits.parents) - 1
        added = edits.added.subset(slice(0, left)) if left else None
        return replace(edits, added=added, parents=edits.parents[:left], owners=edits.owners[:left])
    if deed == 2:
        chosen = replace(chosen, is_visible=not chosen.is_visible)
    elif deed == 3:
        chosen = replace(chosen, strength=float(rng.random()))
    elif deed == 4:
        return edits.with_layer(edits.new_layer_id, layer(rng))
    elif deed == 5 and len(edits.layers) > 1:
        reordered = dict(reversed(edits.layers.items()))
        return replace(edits, layers=reordered)
    elif deed == 6:
        return replace(edits, selection=rng.integers(0, 256, COUNT).astype(np.uint8))
    else:
        channel = list(HairChannel)[rng.integers(0, len(HairChannel))]
        rows = int(rng.integers(1, edits.count + 1))
        fresh = layer(rng, rows, [channel]).channels
        chosen = replace(chosen, channels={**chosen.channels, **fresh})
    return edits.with_layer(layer_id, chosen)
