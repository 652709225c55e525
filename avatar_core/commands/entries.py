"""Ordered dictionaries with a place for every entry, so that undo puts things back in line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Entry = TypeVar("Entry")

MOST_ENTRIES = 1_000_000
"""No library is longer."""


def place_of(entries: Mapping[str, Entry], key: str) -> int:
    """Where an entry stands.

    Raises:
        ValueError: there is no such entry.
    """
    if key not in entries:
        raise ValueError(f"there is no entry {key!r:.60}")
    return list(entries).index(key)


def entry_of(entries: Mapping[str, Entry], key: str) -> Entry:
    """The entry under a key.

    Raises:
        ValueError: there is no such entry.
    """
    place_of(entries, key)
    return entries[key]


def inserted(
    entries: Mapping[str, Entry], key: str, entry: Entry, place: int | None = None
) -> dict[str, Entry]:
    """The entries with one more, at `place` or at the end.

    Raises:
        ValueError: the key is taken, or there is no such place.
    """
    if key in entries:
        raise ValueError(f"there is an entry {key!r:.60} already")
    place = len(entries) if place is None else place
    if not 0 <= place <= len(entries):
        raise ValueError(f"there is no place {place} among {len(entries)}")
    pairs = list(entries.items())
    return dict([*pairs[:place], (key, entry), *pairs[place:]])


def replaced(entries: Mapping[str, Entry], key: str, entry: Entry) -> dict[str, Entry]:
    """The entries with another one under a key, in its place.

    Raises:
        ValueError: there is no such entry.
    """
    if key not in entries:
        raise ValueError(f"there is no entry {key!r:.60}")
    return {**entries, key: entry}


def removed(entries: Mapping[str, Entry], key: str) -> dict[str, Entry]:
    """The entries without one.

    Raises:
        ValueError: there is no such entry.
    """
    if key not in entries:
        raise ValueError(f"there is no entry {key!r:.60}")
    return {each: entry for each, entry in entries.items() if each != key}
