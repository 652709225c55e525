"""Pictures as paint: every kind of file gives the same texels, bad ones one clear sentence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from avatar_core.errors import AssetError
from avatar_core.io import picture_files
from avatar_core.io.paint_pictures import (
    MOST_DECAL_SIDE,
    read_decal_picture,
    read_paint_picture,
    save_pixels,
    save_raster,
)
from avatar_core.io.raster_pixels import (
    as_bytes,
    masked,
    pixels_of_raster,
    premultiplied,
    raster_of_pixels,
    straight,
)
from avatar_core.project.paint import Raster
from avatar_core.texture.tiles import whole_stored
from tests.avatar_core.commands.paint_examples import some_raster

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 512
PIXEL = np.array([200, 100, 50, 128], np.uint8)


def plain(*pixel: int) -> Image.Image:
    """A picture of one colour, in the mode of its number of channels."""
    shape = (SIZE, SIZE, len(pixel)) if len(pixel) > 1 else (SIZE, SIZE)
    return Image.fromarray(np.full(shape, pixel, np.uint8))


def saved(path: Path, image: Image.Image, kind: str, **options: Any) -> Path:
    image.save(path, kind, **options)
    return path


def tiff(path: Path, pixel: list[int], dtype: type, **options: Any) -> Path:
    tifffile.imwrite(path, np.full((SIZE, SIZE, len(pixel)), pixel, dtype), **options)
    return path


def texel(path: Path) -> list[int]:
    """The premultiplied texel that a picture of one colour is made of, in 8 bits."""
    picture = read_paint_picture(path, SIZE)
    pixels = whole_stored(picture.raster)
    np.testing.assert_allclose(pixels, np.broadcast_to(pixels[0, 0], pixels.shape), atol=8 * 257)
    return [round(value / 257) for value in np.median(pixels, axis=(0, 1)).tolist()]


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})]
)
def test_colours_are_premultiplied(tmp_path: Path, kind: str, options: dict[str, Any]) -> None:
    assert texel(saved(tmp_path / "a", plain(*PIXEL), kind, **options)) == [100, 50, 25, 128]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_pictures_without_transparency_cover(tmp_path: Path, kind: str) -> None:
    found = texel(saved(tmp_path / "a", plain(200, 100, 50), kind))
    np.testing.assert_allclose(found, [200, 100, 50, 255], atol=4)


def test_grey_palette_and_single_bits(tmp_path: Path) -> None:
    grey = plain(77)
    for kind in ("PNG", "TIFF", "JPEG"):
        assert texel(saved(tmp_path / "grey", grey, kind)) == [77, 77, 77, 255]
    palette = plain(200, 100, 50).quantize(2)
    for kind in ("PNG", "TIFF"):
        assert texel(saved(tmp_path / "palette", palette, kind)) == [200, 100, 50, 255]
    clear = saved(tmp_path / "clear", palette, "PNG", transparency=palette.getpixel((0, 0)))
    assert texel(clear) == [0, 0, 0, 0]
    assert texel(saved(tmp_path / "bit", plain(255).convert("1"), "PNG")) == [255] * 4
    both = Image.fromarray(np.full((SIZE, SIZE, 2), (200, 51), np.uint8), "LA")
    assert texel(saved(tmp_path / "both", both, "PNG")) == [40, 40, 40, 51]


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = np.random.default_rng(0).integers(0, 65536, (SIZE, SIZE, 4)).astype(np.uint16)
    path.write_bytes(cv2.imencode(".png", image[..., [2, 1, 0, 3]])[1].tobytes())
    found = pixels_of_raster(read_paint_picture(path, SIZE).raster)
    expected = np.rint(image[..., :3] * (image[..., 3:] / 65535))
    np.testing.assert_array_equal(found[..., :3], expected)
    np.testing.assert_array_equal(found[..., 3], image[..., 3])
    deep = tiff(tmp_path / "a.tif", [12345, 2, 60001], np.uint16, photometric="rgb")
    assert pixels_of_raster(read_paint_picture(deep, SIZE).raster)[0, 0].tolist() == [
        12345, 2, 60001, 65535]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_says_whether_its_colours_are_premultiplied(tmp_path: Path, dtype: type) -> None:
    unit = 257 if dtype is np.uint16 else 1
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    is_straight = tiff(tmp_path / "a.tif", [unit * 200, unit * 100, unit * 50, unit * 128], dtype,
                    **options)  # fmt: skip
    assert texel(is_straight) == [100, 50, 25, 128]
    options["extrasamples"] = ["assocalpha"]
    scaled = tiff(tmp_path / "b.tif", [unit * 100, unit * 50, unit * 25, unit * 128], dtype,
                  **options)  # fmt: skip
    assert texel(scaled) == [100, 50, 25, 128]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_with_a_notice(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / "a", Image.new("CMYK", (SIZE, SIZE), (0, 255, 255, 0)), kind)
    picture = read_paint_picture(path, SIZE)
    assert "CMYK" in picture.notices[0]
    np.testing.assert_allclose(texel(path), [255, 0, 0, 255], atol=4)


def test_a_photograph_held_upright_stands(tmp_path: Path) -> None:
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
    pixels[:, : SIZE // 2] = 255
    exif = Image.Exif()
    exif[0x112] = 6  # turn clockwise to show it
    path = saved(tmp_path / "a.jpg", Image.fromarray(pixels), "JPEG", exif=exif)
    found = pixels_of_raster(read_paint_picture(path, SIZE).raster)
    assert found[10, :, 0].min() > 60000
    assert found[-10, :, 0].max() < 5000


def test_other_sizes_are_scaled_with_a_notice(tmp_path: Path) -> None:
    half = np.zeros((SIZE // 2, SIZE // 2, 4), np.uint8)
    half[: SIZE // 4] = PIXEL
    picture = read_paint_picture(saved(tmp_path / "a", Image.fromarray(half), "PNG"), SIZE)
    assert picture.notices == (
        "The picture has 256 x 256 pixels; it was scaled to the painting's 512 x 512.",
    )
    pixels = pixels_of_raster(picture.raster)
    np.testing.assert_allclose(pixels[:250] / 257, np.broadcast_to([100, 50, 25, 128],
                               (250, SIZE, 4)), atol=0.6)  # fmt: skip
    assert not pixels[262:].any()
    wide = read_paint_picture(saved(tmp_path / "b", plain(9).resize((640, 480)), "PNG"), SIZE)
    assert "640 x 480" in wide.notices[0]
    assert "stretched" in wide.notices[0]
    assert read_paint_picture(saved(tmp_path / "c", plain(9), "PNG"), SIZE).notices == ()


def test_shrinking_averages(tmp_path: Path) -> None:
    stripes = np.zeros((2 * SIZE, 2 * SIZE), np.uint8)
    stripes[::2] = 254
    picture = read_paint_picture(saved(tmp_path / "a", Image.fromarray(stripes), "PNG"), SIZE)
    np.testing.assert_allclose(pixels_of_raster(picture.raster)[..., 0] / 257, 127, atol=0.6)


def test_scaled_colours_never_exceed_their_coverage(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (700, 300, 4)).astype(np.uint8)
    path = saved(tmp_path / "a", Image.fromarray(image), "PNG")
    pixels = pixels_of_raster(read_paint_picture(path, SIZE).raster)
    assert (pixels[..., :3] <= pixels[..., 3:]).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated_files_are_refused(tmp_path: Path, kind: str, share: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    path = saved(tmp_path / "half.png", Image.fromarray(image), kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(AssetError, match=r"The picture 'half.png' cannot be read."):
        read_paint_picture(path, SIZE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_huge_pictures_are_refused_unopened(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "a", plain(1, 2, 3), kind)
    monkeypatch.setattr(picture_files, "MOST_PIXELS", SIZE * SIZE - 1)
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(AssetError, match=r"impossible size \(512 x 512 pixels\)"):
        read_paint_picture(path, SIZE)


@pytest.mark.parametrize(
    ("pixel", "dtype", "options", "words"),
    [
        ([1, 2, 3, 4], np.uint16, {"photometric": "separated"}, "CMYK in 16 bits"),
        ([1, 2, 3, 4, 5], np.uint8, {"photometric": "rgb"}, "5 channels"),
        ([1], np.float64, {"photometric": "minisblack"}, "kind that is not read"),
    ],
)
def test_tiffs_that_would_come_out_wrong_are_refused(
    tmp_path: Path, pixel: list[int], dtype: type, options: dict[str, Any], words: str
) -> None:
    path = tiff(tmp_path / "a.tif", pixel, dtype, **options)
    with pytest.raises(AssetError, match=words) as caught:
        read_paint_picture(path, SIZE)
    assert "PNG" in caught.value.hint


def test_planes_of_a_tiff_are_refused(tmp_path: Path) -> None:
    """OpenCV leaves two thirds of such a picture unwritten."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, SIZE, SIZE), np.uint16), photometric="rgb",
                     planarconfig="separate")  # fmt: skip
    with pytest.raises(AssetError, match="planes"):
        read_paint_picture(path, SIZE)


def test_floats_and_grey_transparency_of_a_tiff(tmp_path: Path) -> None:
    values = np.full((SIZE, SIZE), 0.5, np.float32)
    values[0, :3] = (np.nan, -1, 7)
    tifffile.imwrite(tmp_path / "f.tif", values)
    pixels = pixels_of_raster(read_paint_picture(tmp_path / "f.tif", SIZE).raster)
    assert pixels[0, :4, 1].tolist() == [0, 0, 65535, 32768]
    both = Image.fromarray(np.full((SIZE, SIZE, 2), (200, 51), np.uint8), "LA")
    picture = read_paint_picture(saved(tmp_path / "g.tif", both, "TIFF"), SIZE)
    assert "transparency" in picture.notices[0]


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(99), b"%PDF-1.7", b"II*\0" + bytes(4)])
def test_other_files_are_no_pictures(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(AssetError, match=r"The decal 'a\.png' cannot be read"):
        read_paint_picture(path, SIZE, "The decal")
    with pytest.raises(AssetError, match="cannot be read"):
        read_paint_picture(tmp_path / "none.png", SIZE)


def test_the_hint_names_all_kinds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"%PDF-1.7")
    with pytest.raises(AssetError, match="PNG, JPEG, TIFF or WebP"):
        read_paint_picture(tmp_path / "a", SIZE)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damage_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "TIFF", "JPEG", "WEBP"]))
    stream = io.BytesIO()
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(stream, kind)
    damaged = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a"
    path.write_bytes(damaged)
    try:
        picture = read_paint_picture(path, SIZE)
    except AssetError:
        return
    assert picture.raster.size == SIZE


def test_a_layer_saved_and_read_is_the_same(tmp_path: Path) -> None:
    raster = some_raster(3)
    save_raster(tmp_path / "a.png", raster)
    again = read_paint_picture(tmp_path / "a.png", SIZE)
    assert again.notices == ()
    assert again.raster.tiles.keys() == raster.tiles.keys()
    for index, tile in raster.tiles.items():
        np.testing.assert_array_equal(again.raster.tiles[index], tile)


def test_saved_pictures_as_others_read_them(tmp_path: Path) -> None:
    pixels = premultiplied(np.full((SIZE, SIZE, 4), PIXEL, np.uint16) * np.uint16(257))
    save_raster(tmp_path / "8.png", raster_of_pixels(pixels), deep=False)
    with Image.open(tmp_path / "8.png") as image:
        assert image.mode == "RGBA"
        assert image.getpixel((5, 5)) == tuple(PIXEL.tolist())
    save_raster(tmp_path / "16.png", raster_of_pixels(pixels))
    found = cv2.imread(str(tmp_path / "16.png"), cv2.IMREAD_UNCHANGED)
    assert found.dtype == np.uint16
    np.testing.assert_allclose(found[0, 0, [2, 1, 0, 3]] / 257, PIXEL, atol=0.01)
    save_pixels(tmp_path / "rgb.png", np.full((4, 4, 3), (1, 2, 3), np.uint8))
    with Image.open(tmp_path / "rgb.png") as image:
        assert image.getpixel((0, 0)) == (1, 2, 3)


def test_an_empty_layer(tmp_path: Path) -> None:
    save_raster(tmp_path / "a.png", Raster(SIZE, 4))
    assert read_paint_picture(tmp_path / "a.png", SIZE).raster.tiles == {}


def test_unwritable_places(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"a\.png could not be saved because the folder"):
        save_raster(tmp_path / "none" / "a.png", Raster(SIZE, 4))


def test_sizes_that_no_painting_has(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="size"):
        read_paint_picture(tmp_path / "a", 500)


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_straight_and_back_is_exact(colour: int, cover: int) -> None:
    pixel = np.array([[[min(colour, cover)] * 3 + [cover]]], np.uint16)
    np.testing.assert_array_equal(premultiplied(straight(pixel)), pixel)


def test_masks_and_bytes() -> None:
    pixels = np.full((2, 300, 4), 60000, np.uint16)
    hidden = np.zeros((2, 300, 1), np.uint16)
    hidden[0] = 65535
    hidden[1, 0] = 32768
    found = masked(pixels, hidden)
    assert not found[0].any()
    assert found[1, 0].tolist() == [30000] * 4
    assert found[1, 1].tolist() == [60000] * 4
    assert as_bytes(np.array([[[0, 65535, 257, 128]]], np.uint16)).tolist() == [[[0, 255, 1, 0]]]


def test_decals_keep_their_shape_and_are_premultiplied(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    pixels = np.zeros((2, 5, 4), np.uint8)
    pixels[0] = (0, 102, 255, 255)  # blue, green, red
    pixels[1] = (255, 255, 255, 51)
    assert cv2.imwrite(str(path), pixels)
    picture = read_decal_picture(path)
    assert picture.pixels.shape == (2, 5, 4)
    assert picture.pixels.dtype == np.float32
    np.testing.assert_allclose(picture.pixels[0, 0], [1, 0.4, 0, 1], atol=1e-4)
    np.testing.assert_allclose(picture.pixels[1, 4], [0.2] * 4, atol=1e-4)
    assert not picture.notices


def test_large_decals_are_scaled_in_proportion_and_broken_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    assert cv2.imwrite(str(path), np.zeros((3 * MOST_DECAL_SIDE, 3), np.uint8))
    assert read_decal_picture(path).pixels.shape == (MOST_DECAL_SIDE, 1, 4)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(AssetError, match=r"long\.png"):
        read_decal_picture(path)
