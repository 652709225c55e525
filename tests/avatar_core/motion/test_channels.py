from __future__ import annotations

import pytest

from avatar_core.motion import (
    ARKIT_UNITS,
    ChannelGroup,
    group_of_unit,
    indices_of_group,
    offset_ends,
    units_of_group,
)
from avatar_core.motion.channels import offset_units


def test_groups_split_the_units_without_rest_or_overlap() -> None:
    found = sorted(index for group in ChannelGroup for index in indices_of_group(group).tolist())
    assert found == list(range(52))


@pytest.mark.parametrize(
    ("unit", "group"),
    [
        ("eyeBlinkLeft", ChannelGroup.LIDS),
        ("eyeSquintRight", ChannelGroup.LIDS),
        ("eyeLookInLeft", ChannelGroup.GAZE),
        ("browInnerUp", ChannelGroup.BROWS),
        ("jawForward", ChannelGroup.JAW),
        ("mouthPucker", ChannelGroup.LIPS),
        ("cheekPuff", ChannelGroup.CHEEKS),
        ("noseSneerLeft", ChannelGroup.CHEEKS),
        ("tongueOut", ChannelGroup.TONGUE),
    ],
)
def test_unit_belongs_to_its_part_of_the_face(unit: str, group: ChannelGroup) -> None:
    assert group_of_unit(unit) is group
    assert unit in units_of_group(group)


def test_head_groups_have_no_units() -> None:
    assert units_of_group(ChannelGroup.HEAD_TURN) == ()
    assert len(indices_of_group(ChannelGroup.HEAD_POSITION)) == 0


def test_indices_follow_the_packet_order() -> None:
    assert [ARKIT_UNITS[index] for index in indices_of_group(ChannelGroup.JAW)] == [
        "jawForward", "jawLeft", "jawRight", "jawOpen",
    ]  # fmt: skip


@pytest.mark.parametrize("group", ChannelGroup)
def test_every_group_has_words_for_the_window(group: ChannelGroup) -> None:
    assert group.label
    assert all(offset_ends(group))


@pytest.mark.parametrize("group", ChannelGroup)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_offset_stays_inside_its_group(group: ChannelGroup, sign: float) -> None:
    assert set(offset_units(group, sign)) <= set(units_of_group(group))
