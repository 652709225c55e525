"""Make-up: where it belongs, the same on both sides, on any head with landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.project.paint import TexturePart
from avatar_core.texture.presets import PRESETS, MakeUp, made_up
from avatar_core.texture.presets.face_map import BOARD, FaceMap
from avatar_core.texture.tiles import whole_picture, whole_stored
from tests.avatar_core.texture.presets.conftest import sheet

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead, HeadTopology
    from avatar_core.project.paint import PaintLayer

SIZE = 512
BY_ID = {preset.id: preset for preset in PRESETS}


def covers(layers: tuple[PaintLayer, ...]) -> np.ndarray:
    """[S, S] how much of each texel the colour layers cover."""
    clear = np.ones((SIZE, SIZE), np.float32)
    for layer in layers:
        if layer.part is TexturePart.COLOUR:
            assert layer.raster is not None
            clear *= 1 - whole_picture(layer.raster)[..., 3]
    return 1 - clear


def on_board(face: FaceMap, cover: np.ndarray) -> np.ndarray:
    row, column, rows, columns = face.rectangle
    assert cover.sum() == pytest.approx(cover[row : row + rows, column : column + columns].sum())
    return cover[row : row + rows, column : column + columns]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_is_ordinary_paint(preset: MakeUp, flat_face: HeadTopology) -> None:
    layers = made_up(preset, flat_face, SIZE)
    assert len({layer.name for layer in layers}) == len(layers)
    for layer in layers:
        assert layer.raster is not None
        assert layer.raster.tiles, layer.name
        pixels = whole_stored(layer.raster)
        assert (pixels[..., :3] <= pixels[..., 3:]).all()
        assert pixels[..., 3].max() > 65535 / 20, layer.name
    strengths = {layer.opacity for layer in layers if layer.part is TexturePart.COLOUR}
    assert strengths == {preset.strength}
    assert 0 < preset.strength <= 1
    assert len(preset.colours) > 1
    assert preset.tip
    assert preset.label


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(PRESETS)


@pytest.mark.parametrize(
    ("preset", "least"),
    [("lipstick", 0.93), ("eyeliner", 0.95), ("eyeshadow", 0.97), ("blush", 0.97), ("clown", 0.95),
     ("tiger", 0.93), ("brows", 0.75)],
)  # fmt: skip
def test_both_sides_are_made_up_alike(preset: str, least: float, flat_face: HeadTopology) -> None:
    cover = covers(made_up(BY_ID[preset], flat_face, SIZE))
    # the sheet is even about the middle of the atlas
    one, other = cover.ravel(), cover[:, ::-1].ravel()
    assert float(np.corrcoef(one, other)[0, 1]) > least


@pytest.mark.parametrize("preset", ["freckles", "stubble"])
def test_spots_and_hairs_are_not_mirrored(preset: str, flat_face: HeadTopology) -> None:
    cover = covers(made_up(BY_ID[preset], flat_face, SIZE)[-1:])
    assert float(np.corrcoef(cover.ravel(), cover[:, ::-1].ravel())[0, 1]) < 0.8


@pytest.mark.parametrize("lips", [True, False])
def test_lipstick_covers_the_lips_alone(lips: bool) -> None:
    """By the head's part where there is one, otherwise by the landmarks around the mouth."""
    topology = sheet(lips=lips)
    face = FaceMap.of(topology, SIZE)
    cover = on_board(face, covers(made_up(BY_ID["lipstick"], topology, SIZE)))
    mouth = ((face.x / 0.40) ** 2 + ((face.y + 1.5) / 0.10) ** 2) < 1
    around = ((face.x / 0.80) ** 2 + ((face.y + 1.5) / 0.42) ** 2) > 1
    assert cover[mouth].min() > 0.7
    assert cover[around].max() < 0.02


def test_where_make_up_goes(flat_face: HeadTopology) -> None:
    """Weighted places of each on the board; x without sides."""
    face = FaceMap.of(flat_face, SIZE)
    places = {"eyeliner": (0.8, 0.05), "eyeshadow": (0.75, 0.17), "blush": (1.25, -0.55),
              "brows": (0.8, 0.58), "freckles": (0.7, -0.4), "stubble": (1.4, -1.8),
              "scar": (0.75, 0.1)}  # fmt: skip
    for preset, (x, y) in places.items():
        cover = on_board(face, covers(made_up(BY_ID[preset], flat_face, SIZE)))
        whole = cover.sum()
        assert (cover * np.abs(face.x)).sum() / whole == pytest.approx(x, abs=0.25), preset
        assert (cover * face.y).sum() / whole == pytest.approx(y, abs=0.25), preset


def test_eyes_stay_free(flat_face: HeadTopology) -> None:
    face = FaceMap.of(flat_face, SIZE)
    eye = np.hypot((np.abs(face.x) - 0.68) / 1.4, face.y - 0.01) < 0.05
    for preset in ("eyeliner", "freckles", "scar"):
        cover = on_board(face, covers(made_up(BY_ID[preset], flat_face, SIZE)))
        assert cover[eye].max() < 0.3, preset


def test_the_mouth_stays_free_of_stubble(flat_face: HeadTopology) -> None:
    face = FaceMap.of(flat_face, SIZE)
    cover = on_board(face, covers(made_up(BY_ID["stubble"], flat_face, SIZE)))
    assert cover[np.hypot(face.x / 3, face.y + 1.5) < 0.12].max() < 0.05


def test_colours_and_seeds(flat_face: HeadTopology) -> None:
    preset = BY_ID["lipstick"]
    one, again = made_up(preset, flat_face, SIZE), made_up(preset, flat_face, SIZE)
    blue = made_up(preset, flat_face, SIZE, (0.1, 0.2, 0.9))[0]
    assert one[0].raster is not None
    assert again[0].raster is not None
    assert blue.raster is not None
    assert whole_stored(one[0].raster).tolist() == whole_stored(again[0].raster).tolist()
    mean = whole_picture(blue.raster).sum(axis=(0, 1))
    np.testing.assert_allclose(mean[:3] / mean[3], (0.1, 0.2, 0.9), atol=0.12)
    first = covers(made_up(BY_ID["freckles"], flat_face, SIZE, seed=1))
    second = covers(made_up(BY_ID["freckles"], flat_face, SIZE, seed=2))
    assert np.abs(first - second).max() > 0.2


def test_a_scar_is_sunk_in(flat_face: HeadTopology) -> None:
    layers = made_up(BY_ID["scar"], flat_face, SIZE)
    colour, sculpt, gloss = layers
    assert [layer.part for layer in layers] == [
        TexturePart.COLOUR, TexturePart.SCULPT, TexturePart.GLOSS]  # fmt: skip
    assert sculpt.opacity == gloss.opacity == 1
    assert sculpt.raster is not None
    assert colour.raster is not None
    greys, cut = whole_picture(sculpt.raster), whole_picture(colour.raster)[..., 3]
    deepest = np.unravel_index(cut.argmax(), cut.shape)
    assert greys[deepest][0] < 0.47 < greys[deepest][3]
    # rims rise a little
    straight = greys[..., 0][greys[..., 3] > 0.9] / greys[..., 3][greys[..., 3] > 0.9]
    assert 0.5 < straight.max() < 0.56


def test_it_follows_the_landmarks() -> None:
    """The same make-up on an atlas of another scale, turned upside down."""
    straight, turned = sheet(0.08), sheet(0.08, np.pi)
    for preset in ("eyeliner", "clown"):
        one = covers(made_up(BY_ID[preset], straight, SIZE))
        other = covers(made_up(BY_ID[preset], turned, SIZE))
        assert np.abs(one - other[::-1, ::-1]).mean() < 0.01 * one.max()


def test_lids_that_have_an_edge_are_lined_where_they_show() -> None:
    """A lid comes forward for a fifth of a unit before it turns up: the line goes there."""
    fine = sheet(cells=160)
    face = FaceMap.of(fine, SIZE)
    board = (fine.uv - 0.5) / 0.09
    vertices = np.concatenate([0.045 * board, np.zeros((len(board), 1))], axis=1)
    lid = np.interp(np.abs(board[:, 0]), BOARD[42:46, 0], BOARD[42:46, 1])
    above = board[:, 1] - lid
    is_lid = (np.abs(np.abs(board[:, 0]) - 0.68) < 0.6) & (np.abs(above) < 0.5)
    edge = np.clip(above, 0, 0.2)
    # over the edge, height stands still while depth grows
    vertices[is_lid, 1] -= 0.045 * edge[is_lid]
    vertices[is_lid, 2] += 0.045 * edge[is_lid]
    flat = on_board(face, covers(made_up(BY_ID["eyeliner"], fine, SIZE)))
    rolled = on_board(
        face,
        covers(made_up(BY_ID["eyeliner"], fine, SIZE, vertices=vertices.astype(np.float32))),
    )
    place = (np.abs(face.x - 0.68) < 0.06) & (np.abs(face.y - 0.28) < 0.03)
    assert flat[place].max() < 0.1
    assert rolled[place].mean() > 0.3


def test_heads_without_landmarks_are_refused(small_head: BlendshapeHead) -> None:
    with pytest.raises(AssetError, match="68 landmarks"):
        made_up(PRESETS[0], small_head.topology, SIZE)


def test_sizes_that_no_painting_has(flat_face: HeadTopology) -> None:
    with pytest.raises(ValueError, match="size"):
        made_up(PRESETS[0], flat_face, 500)
