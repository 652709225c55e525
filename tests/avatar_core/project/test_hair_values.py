from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_core.errors import ProjectFormatError
from avatar_core.project import HairChannel, HairEdits, HairLayer, digest
from avatar_core.project.hair_values import pack_hair_edits, unpack_hair_edits
from avatar_core.project.plain import Arrays, Fields
from tests.avatar_core.commands.hair_examples import some_edits


def there_and_back(edits: HairEdits) -> HairEdits:
    arrays: dict[str, np.ndarray] = {}
    data = pack_hair_edits(edits, arrays, "hair")
    return unpack_hair_edits(Fields(data, "hair_edits"), Arrays(arrays, "arrays"), "hair")


@pytest.mark.parametrize(
    "edits",
    [
        HairEdits(),
        HairEdits(5),
        HairEdits(0, layers={"3": HairLayer("Empty")}),
        HairEdits(2, selection=np.array([0, 9], np.uint8)),
        some_edits(),
    ],
)
def test_edits_come_back_to_the_last_bit(edits: HairEdits) -> None:
    assert digest(there_and_back(edits)) == digest(edits)


def test_untouched_rows_take_no_room_and_negative_zeros_are_kept() -> None:
    offsets = np.zeros((100_000, 3), np.float32)
    offsets[7] = -0.0
    offsets[99] = (1, 2, 3)
    edits = HairEdits(
        100_000, layers={"1": HairLayer("Comb", channels={HairChannel.OFFSETS: offsets})}
    )
    arrays: dict[str, np.ndarray] = {}
    pack_hair_edits(edits, arrays, "hair")
    assert sum(array.nbytes for array in arrays.values()) == 2 * 16
    assert digest(there_and_back(edits)) == digest(edits)


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_is_changed_in_the_arrays_is_read_or_refused(data: st.DataObject) -> None:
    arrays: dict[str, np.ndarray] = {}
    packed = pack_hair_edits(some_edits(), arrays, "hair")
    name = data.draw(st.sampled_from(sorted(arrays)))
    array = arrays[name].copy()
    flat = array.reshape(-1).view(np.uint8)
    for _ in range(3):
        flat[data.draw(st.integers(0, len(flat) - 1))] = data.draw(st.integers(0, 255))
    arrays[name] = array
    try:
        edits = unpack_hair_edits(Fields(packed, "edits"), Arrays(arrays, "arrays"), "hair")
    except ProjectFormatError:
        return
    assert edits.count == some_edits().count
    for layer in edits.layers.values():
        assert all(np.isfinite(each).all() for each in layer.channels.values())
