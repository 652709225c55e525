from __future__ import annotations

import pytest

from app.action_spec import with_access_keys
from app.groom_actions import GROOM_ACTIONS, SHELF, TOOLS, tool_of
from avatar_core.hair.brushes import BRUSHES


def test_every_brush_stands_on_the_shelf_with_its_own_words() -> None:
    tools = {tool.id: tool for tool in TOOLS}
    for kind in BRUSHES:
        tool = tools[kind.id]
        assert (tool.label, tool.tip, tool.brush) == (kind.label, kind.tip, kind)
        first = tool.first_settings
        assert (first.radius_m, first.strength) == (kind.radius_m, kind.strength)
        assert set(first.options) == {option.id for option in kind.options}


def test_the_shelf_goes_group_by_group() -> None:
    places = [SHELF.index(tool.group) for tool in TOOLS]
    assert places == sorted(places)
    assert len({tool.id for tool in TOOLS}) == len(TOOLS)


def test_every_tool_is_an_action_that_can_be_chosen() -> None:
    specs = {spec.id: spec for spec in GROOM_ACTIONS}
    for tool in TOOLS:
        spec = specs[tool.action_id]
        assert (spec.title, spec.shortcut, spec.checkable) == (tool.label, tool.keys, True)


def test_tools_are_found_by_id() -> None:
    assert tool_of("comb").label == "Comb"
    with pytest.raises(KeyError):
        tool_of("curling iron")


@pytest.mark.parametrize(
    ("labels", "texts"),
    [
        ([], []),
        (["Cut", "Comb"], ["&Cut", "C&omb"]),
        (["A", "a", "Aa"], ["&A", "&a", "&Aa"]),  # where no letter is left, two share one
        (["2 b"], ["2 &b"]),
    ],
)
def test_access_keys_differ_where_they_can(labels: list[str], texts: list[str]) -> None:
    assert with_access_keys(labels) == texts
