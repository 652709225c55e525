"""OpenRaster files: ours come back bit for bit, those of others as they meant, bad ones do not."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.open_raster import COMPOSITE_OPS, write_open_raster
from avatar_core.io.open_raster_reader import OpenRaster, read_open_raster
from avatar_core.io.raster_pixels import pixels_of_raster
from avatar_core.project.paint import (
    MOST_LAYERS,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
)
from tests.avatar_core.commands.paint_examples import SIZE, some_painting, some_raster

if TYPE_CHECKING:
    from pathlib import Path

MERGED = np.full((SIZE, SIZE, 3), (10, 20, 30), np.uint8)


def png(width: int, height: int, colour: tuple[int, ...], mode: str = "RGBA") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def foreign(path: Path, stack: str, files: dict[str, bytes], side: int = SIZE) -> Path:
    """A file as other programs write it, without what is ours and without what may be left out."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f'<image w="{side}" h="{side}">{stack}</image>')
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def assert_same_raster(one: Raster | None, other: Raster | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    assert (one.size, one.channels) == (other.size, other.channels)
    assert list(one.tiles) == list(other.tiles)
    for index, tile in one.tiles.items():
        np.testing.assert_array_equal(other.tiles[index], tile)


def assert_same_layers(one: Painting, other: Painting) -> None:
    assert (one.size, one.active) == (other.size, other.active)
    assert list(one.layers) == list(other.layers)
    for layer_id, layer in one.layers.items():
        again = other.layers[layer_id]
        for name in (each.name for each in fields(PaintLayer)):
            if name in ("raster", "hidden"):
                assert_same_raster(getattr(layer, name), getattr(again, name))
            elif name != "source":
                assert getattr(layer, name) == getattr(again, name), (layer_id, name)


def written(path: Path, painting: Painting) -> OpenRaster:
    write_open_raster(path, painting, MERGED)
    return read_open_raster(path)


def everything() -> Painting:
    """All kinds, parts, blends and masks, with a group that holds layers of two parts."""
    painting = some_painting()
    layers = dict(painting.layers)
    layers["1"] = replace(layers["1"], hidden=some_raster(8, 1, (0, 1)))
    layers["9"] = PaintLayer(
        "Bumps", part=TexturePart.SCULPT, parent="2", raster=some_raster(9, tiles=(5,))
    )
    layers["20"] = PaintLayer("No picture yet", opacity=0.1)
    layers["21"] = PaintLayer("Empty group", LayerKind.GROUP)
    for at, blend in enumerate(Blend):
        layers[str(30 + at)] = PaintLayer(f"{blend}", LayerKind.FILL, blend=blend)
    return Painting(painting.size, layers, "9")


def test_layers_come_back_bit_for_bit(tmp_path: Path) -> None:
    painting = everything()
    again = written(tmp_path / "a.ora", painting)
    assert_same_layers(painting, again.painting)
    assert again.notices == ()


def test_nothing_painted(tmp_path: Path) -> None:
    again = written(tmp_path / "a.ora", Painting(SIZE))
    assert again.painting.layers == {}
    assert again.painting.active is None


def test_what_the_specification_asks_for(tmp_path: Path) -> None:
    write_open_raster(tmp_path / "a.ora", everything(), MERGED)
    data = (tmp_path / "a.ora").read_bytes()
    # readable at a fixed place without unpacking: name, then content
    assert data[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        assert archive.testzip() is None
        merged = Image.open(archive.open("mergedimage.png"))
        assert merged.size == (SIZE, SIZE)
        assert merged.getpixel((3, 3)) == (10, 20, 30)
        thumbnail = Image.open(archive.open("Thumbnails/thumbnail.png"))
        assert thumbnail.size == (256, 256)
        image = ET.fromstring(archive.read("stack.xml"))
        assert (image.get("w"), image.get("h")) == ("512", "512")
        names = set(archive.namelist())
        for layer in image.iter("layer"):
            assert layer.get("src") in names
            with Image.open(archive.open(layer.attrib["src"])) as picture:
                assert picture.mode == "RGBA"
        ops = {layer.get("composite-op") for layer in image.iter("layer")}
        assert {op for op in ops if op and op.startswith("svg:")} >= {"svg:plus", "svg:src-over"}
        assert b"/pictures/decal.png" not in archive.read("stack.xml")


def test_the_highest_layer_comes_first(tmp_path: Path) -> None:
    layers = {"1": PaintLayer("Low"), "2": PaintLayer("High")}
    write_open_raster(tmp_path / "a.ora", Painting(SIZE, layers), MERGED)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        image = ET.fromstring(archive.read("stack.xml"))
    assert [layer.get("name") for layer in image.iter("layer")] == ["High", "Low"]


def test_other_programs_see_masks_and_no_greys(tmp_path: Path) -> None:
    """What is left when everything of ours is dropped: masks are applied, parts kept by name."""
    white = np.full((64, 64, 4), 65535, np.uint16)
    half = np.full((64, 64, 1), 65535 // 2 + 1, np.uint16)
    layers = {
        "1": PaintLayer("Masked", raster=Raster(SIZE, 4, {9: white}), parent="2",
                        hidden=Raster(SIZE, 1, {9: half})),
        "2": PaintLayer("Masks", LayerKind.GROUP, hidden=Raster(SIZE, 1, {9: half})),
        "3": PaintLayer("Matt", part=TexturePart.GLOSS, raster=Raster(SIZE, 4, {0: white})),
        "4": PaintLayer("Red", LayerKind.FILL, colour=(1.0, 0.0, 0.0)),
    }  # fmt: skip
    write_open_raster(tmp_path / "ours.ora", Painting(SIZE, layers), MERGED)
    with zipfile.ZipFile(tmp_path / "ours.ora") as archive:
        image = ET.fromstring(archive.read("stack.xml"))
        data = {name: archive.read(name) for name in archive.namelist() if "data/" in name}
    for element in image.iter():
        for key in [key for key in element.attrib if key.startswith("{")]:
            del element.attrib[key]
    stack = ET.tostring(image[0], "unicode")
    again = read_open_raster(foreign(tmp_path / "theirs.ora", stack, data))
    by_name = {layer.name: layer for layer in again.painting.layers.values()}
    assert set(by_name) == {"Masked", "Masks", "Matt", "Red"}
    assert by_name["Matt"].part is TexturePart.GLOSS
    assert by_name["Red"].part is TexturePart.COLOUR
    masked, fill = by_name["Masked"].raster, by_name["Red"].raster
    assert masked is not None
    assert fill is not None
    assert by_name["Masked"].hidden is None
    pixels = pixels_of_raster(masked)
    np.testing.assert_allclose(pixels[70, 70] / 65535, 0.25, atol=1e-4)  # half of half
    assert not pixels[0].any()
    assert pixels_of_raster(fill)[511, 0].tolist() == [65535, 0, 0, 65535]
    hidden = {e.get("name") for e in image.iter("stack") if e.get("visibility") == "hidden"}
    assert hidden == {"Gloss"}


def test_layers_of_others(tmp_path: Path) -> None:
    """Offsets of layers and groups, beyond the rim too; what may be missing is missing."""
    stack = """<stack>
      <layer src="data/c.png"/>
      <stack name="Lids" x="10" y="20" opacity="0.5" visibility="hidden">
        <layer name="Blue" src="data/a.png" x="5" y="-25" opacity="0.25" composite-op="svg:screen"/>
      </stack>
      <layer name="Under" src="data/b.png" x="500" y="0"/>
    </stack>"""
    files = {
        "data/a.png": png(30, 30, (0, 0, 255, 255)),
        "data/b.png": png(100, 9, (255, 0, 0), "RGB"),
        "data/c.png": png(SIZE, SIZE, (9,), "L"),
    }
    found = read_open_raster(foreign(tmp_path / "a.ora", stack, files))
    under, blue, lids, top = found.painting.layers.values()
    assert (under.name, blue.name, lids.name, top.name) == ("Under", "Blue", "Lids", "Layer")
    assert found.painting.active == list(found.painting.layers)[-1]
    assert lids.kind is LayerKind.GROUP
    assert (lids.opacity, lids.is_visible) == (0.5, False)
    assert found.painting.layers[blue.parent or ""] is lids
    assert (blue.opacity, blue.blend, blue.is_visible) == (0.25, Blend.SCREEN, True)
    assert blue.raster is not None
    assert under.raster is not None
    assert top.raster is not None
    pixels = pixels_of_raster(blue.raster)
    assert pixels[0:25, 15:45, 2].all()
    assert pixels[..., 3].sum() == 25 * 30 * 65535
    assert pixels_of_raster(under.raster)[:9, 500:, 3].all()
    assert pixels_of_raster(top.raster)[100, 100].tolist() == [9 * 257] * 3 + [65535]
    assert found.notices == ()


def test_what_is_not_known_is_told(tmp_path: Path) -> None:
    stack = """<stack>
      <layer name="Hole" src="a.png" composite-op="svg:dst-out"/>
      <layer name="Odd" src="a.png" opacity="nan" x="wide" y="1e99"/>
      <text name="Words"/>
      <stack name="Through"><layer src="a.png" composite-op="svg:multiply"/></stack>
      <stack name="Whole" isolation="isolate">
        <layer src="a.png" composite-op="krita:subtract"/>
      </stack>
    </stack>"""
    found = read_open_raster(foreign(tmp_path / "a.ora", stack, {"a.png": png(4, 4, (1, 2, 3, 4))}))
    told = " ".join(found.notices)
    for words in ("'Hole' is blended as normal", "svg:dst-out", "'text'", "'Through' is blended"):
        assert words in told
    assert "Whole" not in told
    by_name = {layer.name: layer for layer in found.painting.layers.values()}
    assert by_name["Hole"].blend is Blend.NORMAL
    assert by_name["Odd"].opacity == 1
    assert Blend.SUBTRACT in [layer.blend for layer in found.painting.layers.values()]


def test_every_blend_mode_has_its_own_name() -> None:
    assert set(COMPOSITE_OPS) == set(Blend)
    assert len(set(COMPOSITE_OPS.values())) == len(Blend)


@pytest.mark.parametrize(("side", "wanted", "size"), [(300, None, 512), (600, None, 1024),
                                                      (600, 512, 512)])  # fmt: skip
def test_other_sizes_are_scaled_once_with_a_notice(
    tmp_path: Path, side: int, wanted: int | None, size: int
) -> None:
    half = {"a.png": png(side, side // 2, (0, 255, 0, 255))}
    stack = '<stack><layer src="a.png"/><layer src="a.png"/></stack>'
    path = foreign(tmp_path / "a.ora", stack, half, side)
    found = read_open_raster(path, wanted)
    assert found.painting.size == size
    assert len(found.notices) == 1
    assert f"{side} x {side}" in found.notices[0]
    raster = found.painting.layers["1"].raster
    assert raster is not None
    pixels = pixels_of_raster(raster)
    assert pixels[: size // 2 - 2, :, 1].min() > 65000
    assert not pixels[size // 2 + 2 :].any()


ENTITIES = '<!DOCTYPE i [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><image w="9" h="9">&b;</image>'


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (b"", "cannot be read"),
        (b"<image", "cannot be read"),
        (b"<?xml version='1.0' encoding='none-such'?><image/>", "cannot be read"),
        (b"<svg/>", "holds no picture"),
        (b"<image w='9' h='9'/>", "holds no picture"),
        (b"<image><stack/></image>", "impossible size"),
        (b"<image w='-5' h='-5'><stack/></image>", "impossible size"),
        (b"<image w='99999' h='99999'><stack/></image>", "impossible size"),
        (b"<image w='1e300' h='nan'><stack/></image>", "impossible size"),
        (ENTITIES.encode(), "document type"),
        (ENTITIES.encode("utf-16"), "document type"),
        (b"<!DOCTYPE image SYSTEM 'file:///etc/passwd'><image/>", "document type"),
        (b"<image w='9' h='9'>" + b"<stack>" * 65, "too deep"),
        (b"<image w='9' h='9'><stack>" + b"<layer/>" * 3000, "too many layers"),
        (b"<image w='9' h='9'><stack>" + b"<stack/>" * 201 + b"</stack></image>", "200 layers"),
        (b" " * (1 << 20) + b"<image/>", "larger than"),
        (b"<image w='9' h='9'><stack><layer src='../a.png'/></stack></image>", "missing"),
        (b"<image w='9' h='9'><stack><layer/></stack></image>", "missing"),
    ],
)  # fmt: skip
def test_bad_lists_of_layers_are_refused(tmp_path: Path, stack: bytes, words: str) -> None:
    assert MOST_LAYERS == 200
    with zipfile.ZipFile(tmp_path / "a.ora", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster\n")
        archive.writestr("stack.xml", stack)
    with pytest.raises(AssetError, match=words) as caught:
        read_open_raster(tmp_path / "a.ora")
    assert "'a.ora'" in caught.value.message


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "a.png in 'a.ora' cannot be read"),
        (png(64, 64, (1, 2, 3))[:60], "a.png in 'a.ora' cannot be read"),
        (png(64, 64, (1, 2, 3)).replace(b"\0\0\0@\0\0\0@", b"\0\1\0\0\0\1\0\0"), "impossible size"),
        (b"II*\0" + bytes(60), "cannot be read"),
    ],
)
def test_bad_pictures_are_refused(tmp_path: Path, picture: bytes, words: str) -> None:
    stack = '<stack><layer src="a.png"/></stack>'
    path = foreign(tmp_path / "a.ora", stack, {"a.png": picture})
    with pytest.raises(AssetError, match=words):
        read_open_raster(path)


def test_too_much_paint_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = '<stack><layer src="a.png"/><layer src="a.png"/></stack>'
    path = foreign(tmp_path / "a.ora", stack, {"a.png": png(SIZE, SIZE, (1, 2, 3, 255))})
    monkeypatch.setattr(limits, "PAINTING_TILES", 3 * SIZE * SIZE * 4)
    with pytest.raises(AssetError, match="more than a painting can"):
        read_open_raster(path)


def test_files_that_are_no_open_raster(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    with pytest.raises(AssetError, match="not found"):
        read_open_raster(path)
    path.write_bytes(b"")
    with pytest.raises(AssetError, match="empty"):
        read_open_raster(path)
    path.write_bytes(png(9, 9, (1, 2, 3)))
    with pytest.raises(AssetError, match="incomplete"):
        read_open_raster(path)
    for content in ({"stack.xml": "<image/>"}, {"mimetype": "image/png"}):
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
        with pytest.raises(AssetError, match="no OpenRaster picture"):
            read_open_raster(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.png", "")
    with pytest.raises(AssetError, match="unsafe name"):
        read_open_raster(path)


def edited(path: Path, change: dict[str, str]) -> Path:
    """A file of ours with words of its list of layers replaced, as an enemy would."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    text = content["stack.xml"].decode()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (content | {"stack.xml": text.encode()}).items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "change",
    [
        {'studio:id="1"': 'studio:id="7"'},
        {'studio:id="1"': 'studio:id="2"'},
        {'studio:id="1"': 'studio:id="-1"'},
        {'studio:id="1"': 'studio:id="99999999999"'},
        {'studio:id="1"': ""},
        {'studio:order="': 'studio:order="77 '},
        {'studio:order="1': 'studio:order="1 1'},
    ],
)
def test_mixed_up_ids_give_the_layers_new_ones(tmp_path: Path, change: dict[str, str]) -> None:
    write_open_raster(tmp_path / "a.ora", some_painting(), MERGED)
    found = read_open_raster(edited(tmp_path / "a.ora", change)).painting
    assert sorted(layer.name for layer in found.layers.values()) == sorted(
        layer.name for layer in some_painting().layers.values()
    )
    assert list(found.layers) != list(some_painting().layers)


@pytest.mark.parametrize("change", [
    {'studio:colour="0.25 ': 'studio:colour="7 '},
    {'studio:colour="0.25 ': 'studio:colour="nan '},
    {'studio:colour="0.25 ': 'studio:colour="'},
    {'studio:adjustment="0.5 ': 'studio:adjustment="9 '},
    {'studio:adjustment="0.5 ': 'studio:adjustment="x '},
])  # fmt: skip
def test_numbers_out_of_range_are_refused(tmp_path: Path, change: dict[str, str]) -> None:
    write_open_raster(tmp_path / "a.ora", some_painting(), MERGED)
    with pytest.raises(AssetError, match="sense"):
        read_open_raster(edited(tmp_path / "a.ora", change))


def test_names_with_letters_that_xml_lacks(tmp_path: Path) -> None:
    layers = {"1": PaintLayer("a\0b\x1b\ud800<&\"'>ä✓")}
    again = written(tmp_path / "a.ora", Painting(SIZE, layers))
    assert again.painting.layers["1"].name == "ab<&\"'>ä✓"


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    write_open_raster(path, some_painting(), MERGED)
    before = path.read_bytes()

    class Broken(Exception):
        pass

    def fail(*_: object) -> None:
        raise Broken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, "imencode", fail)
        with pytest.raises(Broken):
            write_open_raster(path, Painting(SIZE), MERGED)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(AssetError, match="could not be saved because the folder"):
        write_open_raster(tmp_path / "none" / "a.ora", some_painting(), MERGED)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damage_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    stack = """<stack name="s"><layer name="a" src="a.png" x="1" y="2" opacity="0.5"
      composite-op="svg:multiply" visibility="hidden"/><stack isolation="isolate">
      <layer src="a.png"/></stack></stack>"""
    path = foreign(tmp_path / "a.ora", stack, {"a.png": png(2, 2, (1, 2, 3, 4))}, 16)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    try:
        found = read_open_raster(path)
    except AssetError:
        return
    assert found.painting.size == SIZE
