"""Changes of plain data that stay JSON, or nearly."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

_DEEP = 100_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308,
    -1e308, 5e-324, float("nan"), float("inf"), -float("inf"), "", "a", "\0", "../../../etc/passwd",
    "/etc/passwd", "demo:../../x", "C:\\x", "file:///etc/passwd", "http://example.com/x", "\ud800",
    "Ä😀\u202e", "x" * 50_000, [], [[]], {}, {"": {}}, [None] * 3, [0] * 1000, [1e400, "a", {}],
    "camera:0", "file:", "take:nothing", "9" * 400,
)  # fmt: skip
_TEXTS = (
    b"", b"null", b"[]", b"{}", b"0", b'"a"', b"NaN", b"[1e9999]",
    b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}",
    b"[" * _DEEP, b'{"a":' * _DEEP, b"9" * 5000, b'{"a":1,"a":2}', b"{", b"\0",
)  # fmt: skip


def mutated_json(data: bytes, dice: random.Random) -> bytes:
    """The text with one to three of its values changed, removed, doubled or moved."""
    if dice.random() < 0.05:
        return dice.choice(_TEXTS)
    try:
        value = json.loads(data)
    except ValueError:
        return data
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        value = _changed(value, dice)
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _changed(value: Any, dice: random.Random) -> Any:
    """The value with something somewhere in it changed; most often deep in it."""
    places = list(_places(value, ()))
    if not places:
        return deepcopy(dice.choice(_VALUES))
    path = dice.choice(places)
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    kind = dice.randrange(8)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, dict):
        parent[dice.choice(("", "x", "version", "__class__", "😀"))] = deepcopy(parent[key])
    elif kind == 1:
        parent.insert(key, deepcopy(parent[key]))
    elif kind == 2:
        other: Any = value
        for step in dice.choice(places):
            other = other[step]
        # Through text, since a value within itself would never end.
        parent[key] = json.loads(json.dumps(other))
    elif kind == 3 and isinstance(parent[key], (int, float)) and not isinstance(parent[key], bool):
        parent[key] = parent[key] * dice.choice((-1, 2, 1000, 10**30, 0))
    else:
        parent[key] = deepcopy(dice.choice(_VALUES))
    return value


def _places(value: Any, path: tuple[Any, ...]) -> Any:
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value[:50])
    for key, each in pairs:
        yield (*path, key)
        yield from _places(each, (*path, key))
