from __future__ import annotations

import pytest

from avatar_core.commands.entries import entry_of, inserted, place_of, removed, replaced

ENTRIES = {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("key", ENTRIES)
def test_putting_back_what_was_removed_keeps_the_order(key: str) -> None:
    place = place_of(ENTRIES, key)
    assert entry_of(ENTRIES, key) == ENTRIES[key]
    less = removed(ENTRIES, key)
    assert key not in less
    assert list(inserted(less, key, ENTRIES[key], place).items()) == list(ENTRIES.items())


def test_replaced_keeps_the_place_and_the_given_entries() -> None:
    assert list(replaced(ENTRIES, "b", 9).items()) == [("a", 1), ("b", 9), ("c", 3)]
    assert ENTRIES["b"] == 2


@pytest.mark.parametrize("place", [-1, 4])
def test_places_that_are_not_there_are_refused(place: int) -> None:
    with pytest.raises(ValueError, match="place"):
        inserted(ENTRIES, "d", 4, place)


def test_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="already"):
        inserted(ENTRIES, "a", 1)
    for act in (place_of, entry_of, removed, lambda entries, key: replaced(entries, key, 0)):
        with pytest.raises(ValueError, match="no entry"):
            act(ENTRIES, "z")
