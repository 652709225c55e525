from __future__ import annotations

import numpy as np
import pytest

from avatar_core.commands import (
    AddHairLayer,
    EditHair,
    History,
    MoveHairLayer,
    RemoveHairLayer,
    SetActiveHairLayer,
    SetHairEdits,
    SetHairFlags,
    SetHairLayer,
    SetHairSelection,
)
from avatar_core.errors import AssetError
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.project import Change, HairEdits, Part, Project, digest
from avatar_core.project.hair_values import MOST_LAYERS
from tests.avatar_core.commands.hair_examples import BASE_COUNT, combed, some_edits


@pytest.fixture
def project() -> Project:
    """Two layers, of which the upper one is worked on."""
    return Project(hair_edits=some_edits())


@pytest.fixture
def history(project: Project) -> History:
    return History(project)


class TestLayers:
    def test_the_first_layer_says_which_hair_it_is_of(self) -> None:
        project = Project()
        command = AddHairLayer.of(project, BASE_COUNT)
        command.do(project)
        edits = project.hair_edits
        assert (edits.base_count, edits.active) == (BASE_COUNT, "1")
        assert edits.layers["1"].name == "Layer 1"
        command.undo(project)
        assert digest(project) == digest(Project())

    def test_a_layer_is_refused_on_other_hair_and_beyond_what_a_file_holds(
        self, project: Project, history: History
    ) -> None:
        with pytest.raises(AssetError, match="another hairstyle"):
            AddHairLayer.of(project, BASE_COUNT + 1)
        while len(project.hair_edits.layers) < MOST_LAYERS:
            history.push(AddHairLayer.of(project, BASE_COUNT))
        with pytest.raises(AssetError, match="more than 200 layers"):
            AddHairLayer.of(project, BASE_COUNT)
        with pytest.raises(AssetError, match="more than 200 layers"):
            EditHair.between(project, combed(project), "Comb")
        with pytest.raises(AssetError, match="more than 200 layers"):
            SetHairEdits.duplicated(project, "1")

    def test_when_the_active_one_goes_the_one_below_takes_over(
        self, project: Project, history: History
    ) -> None:
        history.push(RemoveHairLayer.of(project, "2"))
        assert project.hair_edits.active == "1"
        history.push(RemoveHairLayer.of(project, "1"))
        assert project.hair_edits.active is None
        history.undo()
        history.push(SetActiveHairLayer.of(project, None))
        history.push(RemoveHairLayer.of(project, "1"))
        assert project.hair_edits.active is None
        assert project.hair_edits.count == some_edits().count
        history.jump(0)
        assert digest(project.hair_edits) == digest(some_edits())

    def test_a_drag_of_the_strength_is_one_step(self, project: Project, history: History) -> None:
        history.begin_gesture()
        for strength in (0.5, 0.25, -3.0):
            history.push(SetHairLayer.weighted(project, "1", strength))
        history.end_gesture()
        assert [step.label for step in history.steps] == ["Set strength of Pony ✓"]
        assert len(history.steps[0].commands) == 1
        assert project.hair_edits.layers["1"].strength == 0
        history.undo()
        assert project.hair_edits.layers["1"].strength == 0.75

    def test_names_are_tidied_and_labels_say_what_happens(self, project: Project) -> None:
        assert SetHairLayer.renamed(project, "1", "  \n").changes_nothing
        assert SetHairLayer.renamed(project, "1", " Fringe\nleft ").after == "Fringe left"
        assert SetHairLayer.shown(project, "1", False).label == "Hide Pony ✓"
        assert MoveHairLayer.of(project, "1", 1).label == "Move Pony ✓ up"
        assert MoveHairLayer.of(project, "2", 0).label == "Move Layer 2 down"

    def test_what_is_not_there_is_refused(self, project: Project) -> None:
        for make in (
            lambda: RemoveHairLayer.of(project, "7"),
            lambda: SetHairLayer.shown(project, "7", True),
            lambda: MoveHairLayer.of(project, "7", 0),
            lambda: SetActiveHairLayer.of(project, "7"),
            lambda: SetHairEdits.merged_down(project, "7"),
            lambda: SetHairEdits.duplicated(project, "7"),
        ):
            with pytest.raises(ValueError, match="no entry '7'"):
                make()

    def test_the_lowest_layer_is_not_merged_and_says_why(self, project: Project) -> None:
        with pytest.raises(AssetError, match="'Pony ✓' has no visible layer below"):
            SetHairEdits.merged_down(project, "1")

    def test_cleared_hair_is_as_it_was_made(self, project: Project, history: History) -> None:
        assert history.push(SetHairEdits.cleared(project)) == Change.of(Part.HAIR, Part.SELECTION)
        assert project.hair_edits.is_empty
        history.push(SetHairEdits.cleared(project))
        assert len(history.steps) == 1


class TestSelection:
    def test_a_selection_says_which_hair_it_is_of(self) -> None:
        project = Project()
        weights = np.array([0, 255, 0, 51], np.uint8)
        command = SetHairSelection.of(project, weights, "Select lock")
        assert command.do(project) == Change.of(Part.SELECTION)
        assert project.hair_edits.base_count == 4
        assert project.hair_edits.selected().tolist() == [0, 1, 0, np.float32(0.2)]
        command.undo(project)
        assert digest(project) == digest(Project())

    def test_a_small_selection_is_a_small_command(self) -> None:
        weights = np.zeros(150_000, np.uint8)
        weights[500:1500] = 255
        assert SetHairSelection.of(Project(), weights, "Select").nbytes == 1000 * 5 + 8

    def test_selecting_the_same_again_makes_no_step(
        self, project: Project, history: History
    ) -> None:
        whole = np.zeros(project.hair_edits.count, np.uint8)
        whole[:11] = project.hair_edits.selection
        history.push(SetHairSelection.of(project, whole, "Select"))
        assert not history.steps

    def test_strokes_keep_what_is_selected_hidden_and_locked(
        self, project: Project, history: History
    ) -> None:
        count = project.hair_edits.count
        history.push(SetHairSelection.of(project, np.zeros(count, np.uint8), "Select none"))
        history.push(SetHairFlags.of(project, np.full(count, 255, np.uint8), "Hide"))
        history.push(EditHair.between(project, combed(project), "Comb"))
        assert (project.hair_edits.flags == HIDDEN | LOCKED).all()
        history.jump(0)
        assert digest(project.hair_edits) == digest(some_edits())

    def test_a_stroke_follows_a_selection_that_was_taken_back_by_hand(self) -> None:
        project = Project()
        for weight in (255, 0):
            weights = np.full(BASE_COUNT, weight, np.uint8)
            SetHairSelection.of(project, weights, "Select").do(project)
        before = digest(project)
        after = combed(Project())  # as a canvas makes of edits in which nothing was ever done
        command = EditHair.between(project, after, "Comb")
        command.do(project)
        assert project.hair_edits.layers.keys() == {"1"}
        command.undo(project)
        assert digest(project) == before

    def test_what_is_of_other_hair_is_refused(self, project: Project) -> None:
        wrong = np.zeros(project.hair_edits.count + 1, np.uint8)
        for make in (SetHairSelection.of, SetHairFlags.of):
            with pytest.raises(AssetError, match="another hairstyle"):
                make(project, wrong, "Select")
        command = SetHairSelection.of(project, wrong[:-1], "Select")
        project.hair_edits = HairEdits()
        with pytest.raises(ValueError, match="made for"):
            command.do(project)
