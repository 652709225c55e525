from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import EditHair, History, command_from_record
from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import quat_from_axis_angle
from avatar_core.hair.canvas import HairCanvas
from avatar_core.project import Change, HairChannel, HairEdits, HairLayer, Part, Project, digest
from tests.avatar_core.commands.hair_examples import BASE_COUNT, combed, grown, some_gaussians

if TYPE_CHECKING:
    from collections.abc import Callable


def push(history: History, project: Project, after: HairEdits) -> None:
    assert history.push(EditHair.between(project, after, "Comb")) == Change.of(Part.HAIR)
    assert digest(project.hair_edits) == digest(after)


def test_every_stroke_is_taken_back_and_done_again_to_the_last_bit() -> None:
    project = Project()
    history = History(project)
    states = [digest(project)]
    for make in (
        combed,
        lambda project: combed(project, "1", (0, 1, 8), 2),
        lambda project: grown(project, "1"),
        lambda project: grown(project),
        lambda project: grown(project, "1", 1),
        lambda project: combed(project, "2", (BASE_COUNT + 6,), 3),
    ):
        push(history, project, make(project))
        states.append(digest(project))
    assert len(project.hair_edits.parents) == 7
    assert project.hair_edits.owners.tolist() == [1, 1, 1, 2, 2, 2, 1]
    for index in (5, 4, 3, 2, 1, 0, 6, 0, 3):
        history.jump(index)
        assert digest(project) == states[index]


def test_what_a_canvas_made_is_one_command() -> None:
    base, project = some_gaussians(BASE_COUNT), Project()
    history = History(project)
    for layer_id in (None, "1", None):
        canvas = HairCanvas(base, project.hair_edits, layer_id)
        rows = np.array([2, 5], np.int32)
        turns = quat_from_axis_angle(np.full((2, 3), 0.2, np.float32))
        canvas.move(rows, canvas.means[rows] + np.float32(0.01), turns)
        canvas.add(some_gaussians(2), rows)
        push(history, project, canvas.result())
    assert project.hair_edits.count == BASE_COUNT + 6
    history.jump(0)
    assert digest(project) == digest(Project())


def test_a_comb_of_three_thousand_among_many_is_small() -> None:
    count, touched = 150_000, 3_000
    offsets = np.zeros((count, 3), np.float32)
    offsets[1000 : 1000 + touched] = 0.01
    channels = {HairChannel.OFFSETS: offsets, HairChannel.TURNS: offsets.copy()}
    after = HairEdits(count, layers={"1": HairLayer("Comb", channels=channels)}, active="1")
    command = EditHair.between(Project(), after, "Comb")
    # Four bytes say which row and twelve what changed, in each of two channels.
    assert 2 * touched * 16 <= command.nbytes <= 2 * touched * 16 + 1_000 < 150_000


def test_a_stroke_that_touched_nothing_makes_no_step() -> None:
    project = Project(hair_edits=combed(Project()))
    history = History(project)
    history.push(EditHair.between(project, project.hair_edits, "Comb"))
    untouched = {
        name: array.copy() for name, array in project.hair_edits.layers["1"].channels.items()
    }
    layer = replace(project.hair_edits.layers["1"], channels=untouched)
    history.push(EditHair.between(project, project.hair_edits.with_layer("1", layer), "Comb"))
    assert not history.steps


def test_an_array_that_was_shorter_is_shorter_again() -> None:
    project = Project(hair_edits=combed(Project()))
    layer = project.hair_edits.layers["1"]
    short = {name: array[:5] for name, array in layer.channels.items()}
    project.hair_edits = project.hair_edits.with_layer("1", replace(layer, channels=short))
    before = digest(project)
    command = EditHair.between(project, combed(project, "1", (7,)), "Comb")
    command.do(project)
    assert len(project.hair_edits.layers["1"].channels[HairChannel.OFFSETS]) == BASE_COUNT
    command.undo(project)
    assert digest(project) == before


def test_negative_zeros_come_back() -> None:
    project = Project(hair_edits=combed(Project()))
    project.hair_edits.layers["1"].channels[HairChannel.OFFSETS][3] = -0.0
    before = digest(project)
    after = combed(project, "1")
    after.layers["1"].channels[HairChannel.OFFSETS][3] = 0.0
    command = EditHair.between(project, after, "Comb")
    command.do(project)
    assert digest(project) != before
    command.undo(project)
    assert digest(project) == before


def _with_selection(project: Project) -> HairEdits:
    return replace(combed(project, "1"), selection=np.ones(2, np.uint8))


def _with_other_layer(project: Project) -> HairEdits:
    return combed(project).with_layer("1", HairLayer("Layer 1"))


def _of_two_owners(project: Project) -> HairEdits:
    return replace(grown(project, "1"), owners=np.array([1, 1, 2], np.int32))


def _hidden(project: Project) -> HairEdits:
    edits = combed(project, "1")
    return edits.with_layer("1", replace(edits.layers["1"], is_visible=False))


def _not_finite(project: Project) -> HairEdits:
    edits = combed(project, "1")
    edits.layers["1"].channels[HairChannel.OFFSETS][0, 0] = np.nan
    return edits


def _unstorable(project: Project) -> HairEdits:
    edits = grown(project, "1")
    assert edits.added is not None
    return replace(edits, added=replace(edits.added, quats=np.zeros((3, 4), np.float32)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda project: replace(combed(project), active=None), "active layer"),
        (lambda project: HairEdits(BASE_COUNT, layers={"2": HairLayer("")}, active="2"), "layers"),
        (_with_other_layer, "layer 2 alone"),
        (_with_selection, "selected"),
        (_of_two_owners, "own what is added"),
        (_hidden, "visibility"),
        (_not_finite, "not finite"),
        (_unstorable, "point nowhere"),
    ],
)
def test_what_is_no_stroke_is_refused(make: Callable[[Project], HairEdits], words: str) -> None:
    project = Project(hair_edits=combed(Project()))
    with pytest.raises(ValueError, match=words):
        EditHair.between(project, make(project), "Comb")


def test_what_was_added_before_stays_what_it_was() -> None:
    project = Project(hair_edits=grown(Project()))
    after = grown(project, "1")
    assert after.added is not None
    moved = after.added.means + np.float32(1)
    with pytest.raises(ValueError, match="added before"):
        EditHair.between(project, replace(after, added=replace(after.added, means=moved)), "Grow")


def test_edits_of_another_hairstyle_are_not_overwritten() -> None:
    project = Project(hair_edits=combed(Project()))
    other = HairCanvas(some_gaussians(4), project.hair_edits).result()
    with pytest.raises(AssetError, match="another hairstyle"):
        EditHair.between(project, other, "Comb")


def test_an_edit_of_another_state_leaves_everything_as_it_was() -> None:
    project = Project()
    history = History(project)
    first = EditHair.between(project, combed(project), "Comb")
    push(history, project, grown(project))
    before = digest(project)
    second = EditHair.between(project, grown(project, "1"), "Grow")
    for command in (first, EditHair.between(Project(), grown(Project()), "Grow")):
        with pytest.raises(ValueError, match="expected"):
            history.push(command)
        assert digest(project) == before
    project.hair_edits = combed(project, "1", seed=7)
    with pytest.raises(ValueError, match="another state"):
        history.push(second)


def _record_arrays(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., object]:
    def damaged() -> object:
        record = EditHair.between(Project(), grown(Project()), "Grow").to_record()
        return replace(record, arrays={**record.arrays, name: change(record.arrays[name].copy())})

    return damaged


def _record_data(**changes: object) -> Callable[..., object]:
    def damaged() -> object:
        record = EditHair.between(Project(), grown(Project()), "Grow").to_record()
        return replace(record, data={**record.data, **changes})

    return damaged


def _filled(value: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda array: np.full_like(array, value)


@pytest.mark.parametrize(
    "make",
    [
        _record_arrays("added.means", _filled(np.nan)),
        _record_arrays("added.means", _filled(1e6)),
        _record_arrays("added.scales", _filled(-1)),
        _record_arrays("added.opacities", _filled(2)),
        _record_arrays("added.quats", _filled(0)),
        _record_arrays("added.sh", lambda sh: sh[:, :3]),
        _record_arrays("added.parents", _filled(BASE_COUNT)),
        _record_arrays("added.parents", _filled(-1)),
        _record_arrays("offsets.indices", lambda rows: rows[::-1]),
        _record_arrays("offsets.indices", lambda rows: rows + np.uint32(100)),
        _record_data(layer="0"),
        _record_data(layer="-1"),
        _record_data(layer="9" * 4000),
        _record_data(layer="one"),
        _record_data(base_count={"before": 0, "after": 2**40}),
        _record_data(added={"before": 0, "count": 5_000_000}),
        _record_data(added={"before": 0, "count": 2}),
        _record_data(channels=[{"channel": "offsets", "before": None, "after": 2**40}]),
        _record_data(channels=2 * [{"channel": "offsets", "before": None, "after": 12}]),
    ],
)
def test_impossible_records_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ProjectFormatError, match="damaged"):
        command_from_record(make())  # type: ignore[arg-type]


def test_a_record_that_leads_to_impossible_numbers_is_refused_when_done() -> None:
    def flipped(bits: np.ndarray) -> np.ndarray:
        return np.full_like(bits, np.float32(np.inf).view(np.uint32))

    project = Project()
    command = command_from_record(_record_arrays("offsets.bits", flipped)())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not finite"):
        History(project).push(command)
    assert digest(project) == digest(Project())


def test_gaussians_of_every_degree_can_be_added() -> None:
    for coefficients in (1, 4, 9, 16):
        project = Project()
        after = grown(project)
        assert after.added is not None
        sh = np.zeros((3, coefficients, 3), np.float32)
        command = EditHair.between(project, replace(after, added=replace(after.added, sh=sh)), "")
        command_from_record(command.to_record()).do(project)
        added = project.hair_edits.added
        assert isinstance(added, GaussianCloud)
        assert added.sh.shape == (3, coefficients, 3)
