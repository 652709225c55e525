"""Pictures as other programs write them (Pillow), read for portraits."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from avatar_core.errors import AssetError
from avatar_core.io.source_picture import read_source_picture
from avatar_core.picture_headers import picture_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Four quarters that tell any turn or flip: red, green, blue, white.
CORNERS = [(220, 20, 20), (20, 200, 20), (20, 20, 220), (240, 240, 240)]


def quarters(height: int = 40, width: int = 64) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    half_y, half_x = height // 2, width // 2
    image[:half_y, :half_x], image[:half_y, half_x:] = CORNERS[:2]
    image[half_y:, :half_x], image[half_y:, half_x:] = CORNERS[2:]
    return image


def corners(image: np.ndarray) -> list[tuple[int, ...]]:
    height, width = image.shape[:2]
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(int(each) for each in image[place]) for place in places]


def close(first: list[tuple[int, ...]], second: list[tuple[int, ...]], most: int = 24) -> bool:
    return bool(np.abs(np.array(first) - np.array(second)).max() <= most)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_picture(name: str, image: Any = None, **options: Any) -> Path:
        path = tmp_path / name
        picture = image if isinstance(image, Image.Image) else Image.fromarray(
            quarters() if image is None else image)  # fmt: skip
        picture.save(path, **options)
        return path

    return write_picture


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tiff"])
def test_every_kind_is_read_whatever_it_is_called(name: str, write: Callable[..., Path]) -> None:
    path = write(name)
    path = path.rename(path.with_name("face.dat"))
    picture = read_source_picture(path)
    assert picture.pixels.shape == (40, 64, 3)
    assert picture.pixels.dtype == np.uint8
    assert close(corners(picture.pixels), CORNERS)
    assert picture.matte is None
    assert picture.notices == ()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright_as_their_camera_noted(
    name: str, orientation: int, write: Callable[..., Path]
) -> None:
    # What EXIF calls 1st row and 1st column, as the picture is stored (table in section 4.6.4).
    stored = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}[orientation]
    image = quarters()
    turn = {"tl": image, "tr": image[:, ::-1], "br": image[::-1, ::-1], "bl": image[::-1],
            "lt": image.swapaxes(0, 1), "rt": np.rot90(image), "lb": np.rot90(image, -1),
            "rb": np.rot90(image, 2).swapaxes(0, 1)}[stored]  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    picture = read_source_picture(write(name, np.ascontiguousarray(turn), exif=exif))
    assert picture.pixels.shape == (40, 64, 3)
    assert close(corners(picture.pixels), CORNERS)


def test_deep_tiff_files_are_turned_once(write: Callable[..., Path]) -> None:
    exif = Image.Exif()
    exif[274] = 6
    deep = np.ascontiguousarray(np.rot90(quarters()[..., 0]).astype(np.uint16) * 257)
    pixels = read_source_picture(write("a.tiff", Image.fromarray(deep), exif=exif)).pixels
    assert (pixels == quarters()[..., :1]).all()


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\0\x05"]
)
def test_exif_that_says_nothing_sensible_is_passed_over(
    exif: bytes, write: Callable[..., Path]
) -> None:
    path = write("a.jpg", exif=b"Exif\0\0" + exif)
    assert close(corners(read_source_picture(path).pixels), CORNERS)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_of_an_animation_the_first_frame_counts(name: str, write: Callable[..., Path]) -> None:
    later = [Image.fromarray(255 - quarters())]
    path = write(name, save_all=True, append_images=later, duration=100)
    picture = read_source_picture(path)
    assert close(corners(picture.pixels), CORNERS, most=40)
    assert picture.notices == ("It is animated; its first frame was taken.",)


def test_palettes_and_grey_are_read(write: Callable[..., Path]) -> None:
    palette = Image.fromarray(quarters()).quantize(8)
    assert close(corners(read_source_picture(write("p.png", palette)).pixels), CORNERS)
    grey = read_source_picture(write("g.png", quarters()[..., 0])).pixels
    assert (grey == quarters()[..., :1]).all()


def test_16_bits_become_8_rounded(write: Callable[..., Path]) -> None:
    values = np.array([[0, 128, 129, 32767, 65406, 65407, 65535]], np.uint16)
    image = Image.fromarray(np.repeat(values, 3, axis=0))
    pixels = read_source_picture(write("deep.png", image)).pixels
    assert pixels[0, :, 0].tolist() == np.round(values[0] / 257).astype(int).tolist()


def test_cmyk_is_read_with_a_notice(write: Callable[..., Path]) -> None:
    picture = read_source_picture(write("inks.jpg", Image.fromarray(quarters()).convert("CMYK")))
    assert close(corners(picture.pixels), CORNERS, most=60)
    assert "CMYK" in picture.notices[0]


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tiff"])
def test_transparency_becomes_the_matte_over_grey(name: str, write: Callable[..., Path]) -> None:
    image = np.dstack([quarters(), np.full((40, 64), 255, np.uint8)])
    image[:20, :, 3] = 0
    image[20:, :32, 3] = 128
    options = {"lossless": True} if name == "a.webp" else {}
    picture = read_source_picture(write(name, image, **options))
    assert picture.matte is not None
    assert picture.matte[::20, ::32].tolist() == [[0, 0], [128, 255]]
    half = tuple(round(128 / 255 * each + 127 / 255 * 128) for each in CORNERS[2])
    found = corners(picture.pixels)
    assert close(found, [(128,) * 3, (128,) * 3, half, CORNERS[3]], most=2)
    assert "transparent" in picture.notices[0]


def test_opaque_alpha_is_no_matte(write: Callable[..., Path]) -> None:
    image = np.dstack([quarters(), np.full((40, 64), 255, np.uint8)])
    assert read_source_picture(write("a.png", image)).matte is None


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_huge_pictures_are_reduced(name: str, write: Callable[..., Path]) -> None:
    picture = read_source_picture(write(name, quarters(1200, 8600)))
    assert picture.pixels.shape == (572, 4096, 3)
    assert close(corners(picture.pixels), CORNERS)
    assert "8600 x 1200" in picture.notices[0]
    assert "4096" in picture.notices[0]


def png_claiming(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(
        ">I", zlib.crc32(chunk))  # fmt: skip


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (png_claiming(100_000, 100_000), "100000 x 100000 pixels, more"),
        (png_claiming(0, 5), "damaged"),
        (b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(20), "65535 x 65535 pixels, more"),
        (b"BM" + bytes(16) + struct.pack("<ii", 40_000, -40_000) + bytes(20), "40000 x 40000"),
        (b"", "empty"),
        (b"%PDF-1.7", "no picture"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF"),
        (b"\xff\xd8\xff\xe0", "cut off"),
        (b"II*\0\xff\xff\xff\xff", "cut off"),
        (b"RIFF\x04\0\0\0WEBP", "cut off"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_unpacked(
    data: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(data)
    with pytest.raises(AssetError, match=says) as caught:
        read_source_picture(path)
    assert caught.value.hint


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(AssetError, match="cannot be read"):
            read_source_picture(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tiff"])
def test_cut_off_files_are_refused(name: str, write: Callable[..., Path]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    thumbnail = io.BytesIO()
    Image.fromarray(quarters()).save(thumbnail, "jpeg")
    path = write(name, noise)
    data = path.read_bytes()
    if name == "a.jpg":  # a preview with an end of its own, in a segment
        preview = thumbnail.getvalue()
        segment = b"\xff\xe2" + (len(preview) + 2).to_bytes(2, "big") + preview
        data = data[:2] + segment + data[2:]
        path.write_bytes(data)
        assert read_source_picture(path).pixels.shape == (48, 64, 3)
    for share in (0.3, 0.6, 0.9):
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(AssetError) as caught:
            read_source_picture(path)
        assert caught.value.hint


def test_bytes_after_the_end_do_no_harm(write: Callable[..., Path]) -> None:
    for name in ("a.png", "a.jpg", "a.webp", "a.gif"):
        path = write(name)
        path.write_bytes(path.read_bytes() + b"a film of the moment before")
        assert close(corners(read_source_picture(path).pixels), CORNERS)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tiff"])
def test_spoiled_bytes_are_a_picture_of_the_size_they_say_or_refused(
    name: str, write: Callable[..., Path]
) -> None:
    path = write(name)
    data = path.read_bytes()
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(80):
        spoiled = bytearray(data)
        for at in rng.integers(0, len(data), 2):
            spoiled[at] = int(rng.integers(0, 256))
        path.write_bytes(spoiled)
        size = picture_size(bytes(spoiled))
        if size is not None and size[0] * size[1] >= 1 << 22:
            continue
        try:
            picture = read_source_picture(path)
        except AssetError as error:
            refused += 1
            assert error.message.endswith(".")  # noqa: PT017
            assert error.hint  # noqa: PT017
            continue
        height, width, channels = picture.pixels.shape
        assert size in (None, (width, height), (height, width))
        assert (picture.pixels.dtype, channels) == (np.uint8, 3)
        assert picture.matte is None or picture.matte.shape == (height, width)
    assert refused or name == "a.bmp"  # where nearly all is pixels
