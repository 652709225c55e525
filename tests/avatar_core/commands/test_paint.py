from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import (
    EditPaint,
    EditPaintLayers,
    History,
    MovePaintLayer,
    SetBakedPaint,
    SetPainting,
    SetPaintLayer,
    command_from_record,
)
from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.project import (
    Blend,
    Change,
    LayerKind,
    Painting,
    PaintLayer,
    Part,
    Project,
    Raster,
    TexturePart,
    digest,
)
from avatar_core.project.paint import MOST_LAYERS, TILE
from avatar_core.project.tile_bytes import pack_tiles
from avatar_core.texture.canvas import PaintCanvas, PaintTarget
from tests.avatar_core.commands.paint_examples import SIZE, erased, some_painting, stroke

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def project() -> Project:
    return Project(painting=some_painting())


def push(history: History, project: Project, after: Painting) -> None:
    assert history.push(EditPaint.between(project, after, "Paint")) == Change.of(Part.PAINT)
    assert digest(project.painting) == digest(after)


def test_every_stroke_is_taken_back_and_done_again_to_the_last_bit() -> None:
    project = Project(painting=Painting(SIZE))
    history = History(project)
    states = [digest(project)]
    for make in (
        stroke,
        lambda project: stroke(project, "1", seed=1, tiles=(10, 11, 63)),
        lambda project: erased(project, "1", 10),
        lambda project: stroke(project, "1", PaintTarget.MASK, seed=2),
        lambda project: stroke(project, None, seed=3),
        lambda project: stroke(project, "1", seed=4, tiles=(9, 10)),
    ):
        push(history, project, make(project))
        states.append(digest(project))
    raster = project.painting.layers["1"].raster
    assert raster is not None
    assert list(raster.tiles) == [9, 10, 11, 63]
    for index in (5, 4, 3, 2, 1, 0, 6, 0, 3):
        history.jump(index)
        assert digest(project) == states[index]


def test_an_erased_tile_is_gone_and_comes_back(project: Project) -> None:
    before = project.painting.layers["1"].raster
    history = History(project)
    history.push(EditPaint.between(project, erased(project, "1", 9), "Erase"))
    raster = project.painting.layers["1"].raster
    assert raster is not None
    assert list(raster.tiles) == [0, 63]
    history.undo()
    again = project.painting.layers["1"].raster
    assert again is not None
    assert before is not None
    assert list(again.tiles) == [0, 9, 63]
    # What a stroke does not touch is the very same, so that views need not look at it.
    assert again.tiles[0] is before.tiles[0]


def test_a_stroke_that_touched_nothing_makes_no_step(project: Project) -> None:
    history = History(project)
    history.push(EditPaint.between(project, PaintCanvas(project.painting, "4").result(), "Paint"))
    canvas = PaintCanvas(project.painting, "4")
    texels = np.arange(5, dtype=np.int32)
    canvas.write(texels, canvas.read(texels))
    assert canvas.dirty
    history.push(EditPaint.between(project, canvas.result(), "Paint"))
    assert not history.steps


def test_a_new_layer_without_paint_is_a_step_of_its_own(project: Project) -> None:
    history = History(project)
    after = PaintCanvas(project.painting).result()
    push(history, project, after)
    assert list(project.painting.layers)[-1] == "8"
    history.undo()
    assert "8" not in project.painting.layers
    assert project.painting.active == "4"


def test_a_new_layer_goes_where_it_was_put(project: Project) -> None:
    painting = project.painting
    after = stroke(project)
    pairs = list(after.layers.items())
    after = replace(after, layers=dict([*pairs[:1], pairs[-1], *pairs[1:-1]]))
    history = History(project)
    push(history, project, after)
    history.undo()
    assert digest(project.painting) == digest(painting)


def test_a_dab_on_a_large_picture_is_small() -> None:
    noise = np.random.default_rng(1).integers(0, 65536, (TILE, TILE, 4)).astype(np.uint16)
    noise = np.minimum(noise, noise[..., 3:])
    raster = Raster(2048, 4, dict.fromkeys(range(1024), noise))
    project = Project(painting=Painting(2048, {"1": PaintLayer("A", raster=raster)}))
    canvas = PaintCanvas(project.painting, "1")
    rows, columns = np.meshgrid(np.arange(100, 164), np.arange(100, 164))
    texels = (rows * 2048 + columns).ravel().astype(np.int32)
    canvas.write(texels, np.full((len(texels), 4), 0.5, np.float32))
    command = EditPaint.between(project, canvas.result(), "Paint")
    assert command.edit.tiles.tolist() == [33, 34, 65, 66]
    # Eight bytes for each texel and nothing for those around them, which XOR to zeros.
    assert command.nbytes < 8 * 64 * 64 + 4_000


@pytest.mark.parametrize(
    "change",
    [
        lambda after: replace(after, active=None),
        lambda after: replace(after, baked=None),
        lambda after: after.with_layer("5", replace(after.layers["5"], opacity=0.5)),
        lambda after: after.with_layer("1", replace(after.layers["1"], name="Other")),
        lambda after: after.with_layer("1", replace(after.layers["1"], hidden=Raster(SIZE, 1))),
        lambda after: replace(after, layers=dict(reversed(after.layers.items()))),
        lambda after: replace(after, layers={"1": after.layers["1"]}),
        lambda after: Painting(1024, {"1": PaintLayer("Base")}, "1"),
    ],
)
def test_paintings_that_differ_in_more_than_a_picture_are_refused(
    change: Callable[[Painting], Painting], project: Project
) -> None:
    after = change(stroke(project, "1"))
    with pytest.raises(ValueError, match="after"):
        EditPaint.between(project, after, "Paint")


def test_tiles_without_paint_are_refused(project: Project) -> None:
    empty = np.zeros((TILE, TILE, 4), np.uint16)
    layer = replace(project.painting.layers["6"], raster=Raster(SIZE, 4, {3: empty}))
    after = replace(project.painting.with_layer("6", layer), active="6")
    with pytest.raises(ValueError, match="all zero"):
        EditPaint.between(project, after, "Paint")


def test_an_edit_of_another_state_is_refused(project: Project) -> None:
    command = EditPaint.between(project, stroke(project, "1"), "Paint")
    EditPaint.between(project, stroke(project, "1", seed=7), "Paint").do(project)
    before = digest(project)
    for change in (command.do, command.undo):
        with pytest.raises(ValueError, match="another state"):
            change(project)
    project.painting = replace(project.painting, layers={}, active=None)
    with pytest.raises(ValueError, match="no entry '1'"):
        command.do(project)
    assert before


def test_more_layers_than_a_file_holds_are_refused() -> None:
    layers = {str(1 + at): PaintLayer("A") for at in range(MOST_LAYERS)}
    project = Project(painting=Painting(SIZE, layers))
    for make in (
        lambda: EditPaint.between(project, stroke(project), "Paint"),
        lambda: EditPaintLayers.added(project, PaintLayer("B")),
        lambda: EditPaintLayers.duplicated(project, "1"),
    ):
        with pytest.raises(AssetError, match="more than 200 layers") as caught:
            make()
        assert "Merge" in caught.value.hint


class TestRecords:
    @pytest.mark.parametrize(
        "changes",
        [
            {"tiles": np.array([9, 9], np.int32)},
            {"tiles": np.array([10, 9], np.int32)},
            {"tiles": np.array([9, 64], np.int32)},
            {"tiles": np.array([9], np.int32)},
            {"packed": np.zeros(5, np.uint8)},
            {"packed": pack_tiles([np.zeros((TILE, TILE, 4), np.uint16)], 4)},
            {"packed": pack_tiles([np.zeros((TILE, TILE, 4), np.uint16)] * 300, 4)},
            {"packed": pack_tiles([np.zeros((TILE, TILE, 1), np.uint16)] * 2, 1)},
            {"checks": np.zeros(3, np.uint32)},
        ],
    )
    def test_tiles_that_no_stroke_made_are_refused(
        self, changes: dict[str, np.ndarray], project: Project
    ) -> None:
        record = EditPaint.between(project, stroke(project, "1"), "Paint").to_record()
        with pytest.raises(ProjectFormatError, match="damaged"):
            command_from_record(replace(record, arrays={**record.arrays, **changes}))

    @pytest.mark.parametrize(
        "changes",
        [
            {"layer": "0"},
            {"target": "smell"},
            {"target": "hidden"},
            {"place": 201},
            {"edit": {"size": 500, "channels": 4, "before": True, "after": True}},
            {"edit": {"size": 512, "channels": 1, "before": True, "after": True}},
        ],
    )
    def test_strokes_that_no_brush_made_are_refused(
        self, changes: dict[str, object], project: Project
    ) -> None:
        record = EditPaint.between(project, stroke(project, "1"), "Paint").to_record()
        with pytest.raises(ProjectFormatError, match="damaged"):
            command_from_record(replace(record, data={**record.data, **changes}))

    def test_a_new_layer_cannot_have_been_painted_before(self, project: Project) -> None:
        record = EditPaint.between(project, stroke(project), "Paint").to_record()
        edit = {**record.data["edit"], "before": True}
        with pytest.raises(ProjectFormatError, match="that is new"):
            command_from_record(replace(record, data={**record.data, "edit": edit}))

    @pytest.mark.parametrize("key", ["before", "after"])
    def test_stacks_that_hold_layers_without_a_place_are_refused(
        self, key: str, project: Project
    ) -> None:
        record = EditPaintLayers.duplicated(project, "1").to_record()
        stack = record.data[key]
        for order in (["1", "1"], [1], ["1"] * 201, "1", stack["order"][3:]):
            data = {**record.data, key: {**stack, "order": order}}
            if key == "before" and order == stack["order"][3:]:
                continue  # which holds no layer
            with pytest.raises(ProjectFormatError, match="damaged"):
                command_from_record(replace(record, data=data))

    def test_more_paint_than_there_can_be_is_refused(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        records = [
            EditPaintLayers.removed(project, "7").to_record(),
            SetPainting.cleared(project).to_record(),
        ]
        monkeypatch.setattr(limits, "PAINTING_TILES", 100_000)
        for record in records:
            with pytest.raises(ProjectFormatError, match=r"more paint|larger than"):
                command_from_record(record)

    def test_a_move_for_other_layers_is_refused(self, project: Project) -> None:
        command = MovePaintLayer.of(project, "1", None, 9)
        EditPaintLayers.removed(project, "6").do(project)
        with pytest.raises(ValueError, match="other layers"):
            command.do(project)

    def test_layers_edited_since_are_refused(self, project: Project) -> None:
        command = EditPaintLayers.removed(project, "1")
        EditPaintLayers.removed(project, "6").do(project)
        with pytest.raises(ValueError, match="for others"):
            command.do(project)


class TestLabels:
    def test_they_say_what_is_done(self, project: Project) -> None:
        labels = [
            EditPaint.between(project, stroke(project), " ").label,
            EditPaint.masked(project, "1").label,
            EditPaint.unmasked(project, "2").label,
            EditPaint.mask_inverted(project, "2").label,
            EditPaintLayers.added(project, PaintLayer("", LayerKind.GROUP)).label,
            EditPaintLayers.removed(project, "1").label,
            EditPaintLayers.duplicated(project, "1").label,
            EditPaintLayers.merged_down(project, "3").label,
            EditPaintLayers.flattened(project, "2").label,
            SetPaintLayer.renamed(project, "1", "Skin").label,
            SetPaintLayer.shown(project, "1", False).label,
            SetPaintLayer.faded(project, "1", 0.5).label,
            SetPaintLayer.blended(project, "1", Blend.SOFT_LIGHT).label,
            SetPaintLayer.assigned(project, "1", TexturePart.WRINKLES).label,
            SetPaintLayer.filled(project, "5", (0, 0, 0)).label,
            SetPaintLayer.following(project, "6", "").label,
            MovePaintLayer.of(project, "1", None, 9).label,
            MovePaintLayer.of(project, "1", "2", 0).label,
            MovePaintLayer.of(project, "4", None, 0).label,
            SetPainting.resized(project, 2048).label,
            SetPainting.cleared(project).label,
            SetBakedPaint.of(project, None).label,
            SetBakedPaint.of(project, project.painting.baked).label,
        ]
        assert labels == [
            "Paint",
            "Mask Base",
            "Remove mask of Skin",
            "Invert mask of Skin",
            "Add Layer 8",
            "Remove Base",
            "Duplicate Base",
            "Merge Warm down",
            "Flatten Skin",
            "Rename to Skin",
            "Hide Base",
            "Set opacity of Base",
            "Blend Base by soft light",
            "Use Base for wrinkles",
            "Set colour of Matt",
            "Unlink Decal",
            "Move Base up",
            "Move Base into a group",
            "Move Flecken ✓ out of its group",
            "Resize painting to 2048",
            "Clear painting",
            "Unbake paint",
            "Bake paint",
        ]


def test_dragging_the_opacity_is_one_step(project: Project) -> None:
    history = History(project)
    with history.gesture():
        for opacity in (0.9, 0.5, 0.2):
            history.push(SetPaintLayer.faded(project, "1", opacity))
    assert len(history.steps) == 1
    assert len(history.steps[0].commands) == 1
    assert project.painting.layers["1"].opacity == 0.2
    history.undo()
    assert project.painting.layers["1"].opacity == 1.0


def test_what_sets_the_same_makes_no_step(project: Project) -> None:
    history = History(project)
    for command in (
        SetPaintLayer.faded(project, "1", 1.0),
        SetPaintLayer.blended(project, "1", Blend.NORMAL),
        MovePaintLayer.of(project, "1", None, 0),
        SetPainting.resized(Project(), 2048),
        SetBakedPaint.of(project, project.painting.baked),
        EditPaint.unmasked(project, "4"),
        EditPaintLayers.between(project, project.painting, "Nothing"),
    ):
        history.push(command)
    assert not history.steps


def test_only_the_layers_that_change_are_held(project: Project) -> None:
    command = EditPaintLayers.duplicated(project, "1")
    assert (list(command.before.layers), list(command.after.layers)) == ([], ["8"])
    raster = project.painting.layers["1"].raster
    assert raster is not None
    assert raster.nbytes <= command.nbytes < raster.nbytes + 1_000


def test_masks_hide_nothing_or_all(project: Project) -> None:
    EditPaint.masked(project, "1").do(project)
    mask = project.painting.layers["1"].hidden
    assert mask is not None
    assert not mask.tiles
    EditPaint.masked(project, "1", hides=True).do(project)
    mask = project.painting.layers["1"].hidden
    assert mask is not None
    assert all((tile == 65535).all() for tile in mask.tiles.values())
    assert len(mask.tiles) == 64


def test_no_painting_has_another_size(project: Project) -> None:
    with pytest.raises(AssetError, match="cannot be 1000 texels wide") as caught:
        SetPainting.resized(project, 1000)
    assert "512, 1024, 2048, 4096" in caught.value.hint


def test_layers_that_are_not_there(project: Project) -> None:
    for make in (
        lambda: EditPaintLayers.removed(project, "77"),
        lambda: EditPaintLayers.added(project, PaintLayer("A"), "77"),
        lambda: SetPaintLayer.faded(project, "77", 0.5),
        lambda: MovePaintLayer.of(project, "77", None, 0),
        lambda: EditPaint.masked(project, "77"),
    ):
        with pytest.raises(ValueError, match="no entry '77'"):
            make()
