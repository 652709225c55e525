from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.recording.colour import eight_bits, video_frame

if TYPE_CHECKING:
    import av

SIDE = 16


def swatches() -> np.ndarray:
    """[H, W, 3] uint8 of flat squares: the corners of the cube, greys, and some in between."""
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).reshape(3, -1).T
    greys = np.arange(0, 256, 17)[:, None].repeat(3, 1)
    others = np.random.default_rng(1).integers(0, 256, (24, 3))
    colours = np.vstack([corners, greys, others]).astype(np.uint8).reshape(6, 8, 3)
    return colours.repeat(SIDE, 0).repeat(SIDE, 1)


def bt709(image: np.ndarray, bits: int) -> np.ndarray:
    """Luma and differences by the equations of Rec. BT.709, limited range, in steps."""
    red, green, blue = (image[..., each] / 255 for each in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    steps = [16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748]
    return np.stack(steps, -1) * 2 ** (bits - 8)


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    kind = np.dtype("<u2") if "10le" in frame.format.name else np.dtype("u1")
    rows = [
        np.frombuffer(bytes(plane), kind).reshape(plane.height, -1)[:, : plane.width]
        for plane in frame.planes
    ]
    return [each.astype(float) for each in rows]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("pixel_format", "bits", "step"),
    [("yuv420p", 8, 2), ("yuva420p", 8, 2), ("yuv444p10le", 10, 1), ("yuva444p10le", 10, 1)],
)
def test_pixels_are_those_of_the_standard(kind, pixel_format, bits, step):
    image = swatches()
    source = image if kind is np.uint8 else image.astype(np.uint16) * np.uint16(257)
    if pixel_format.startswith("yuva"):
        full = np.full((*image.shape[:2], 1), np.iinfo(kind).max, kind)
        source = np.concatenate([source, full], 2)

    luma, blue, red, *alpha = planes(video_frame(source, pixel_format))

    middle = SIDE // 2
    expected = bt709(image, bits)[middle::SIDE, middle::SIDE]
    chroma = slice(middle // step, None, SIDE // step)
    # Half a step of rounding, and a little of swscale's fixed point.
    np.testing.assert_allclose(luma[middle::SIDE, middle::SIDE], expected[..., 0], atol=0.75)
    np.testing.assert_allclose(blue[chroma, chroma], expected[..., 1], atol=0.75)
    np.testing.assert_allclose(red[chroma, chroma], expected[..., 2], atol=0.75)
    assert all((each == 2**bits - 1).all() for each in alpha)


def test_alpha_is_kept_straight_at_full_range():
    image = np.zeros((32, 32, 4), np.uint8)
    image[..., 3] = np.arange(0, 256, 8)
    image[..., 0] = image[..., 3]  # red, premultiplied

    ten = planes(video_frame(image, "yuva444p10le"))
    eight = planes(video_frame(image, "yuva420p"))

    np.testing.assert_allclose(ten[3], image[..., 3] * (1023 / 255), atol=0.5)
    np.testing.assert_allclose(eight[3], image[..., 3], atol=1)
    red = bt709(np.array([[[255, 0, 0]]]), 10)[0, 0]
    np.testing.assert_allclose(ten[0], red[0], atol=1)  # everywhere: colour goes on beyond edges


def test_a_picture_without_alpha_is_opaque_and_one_with_it_can_do_without():
    image = swatches()
    opaque = planes(video_frame(image, "yuva444p10le"))
    assert (opaque[3] == 1023).all()
    with_alpha = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(
        planes(video_frame(with_alpha, "yuv420p"))[0], planes(video_frame(image, "yuv420p"))[0]
    )


def test_odd_widths_have_their_rows_in_place():
    image = np.zeros((6, 10, 3), np.uint8)
    image[:, 7] = 255

    luma = planes(video_frame(image, "yuv444p10le"))[0]

    assert (luma[:, 7] == 940).all()
    assert (np.delete(luma, 7, axis=1) == 64).all()


def test_eight_bits_are_the_nearest():
    deep = np.array([[[0, 128, 129]], [[257 * 77 + 128, 65535, 257 * 77 - 129]]], np.uint16)

    assert eight_bits(deep).tolist() == [[[0, 0, 1]], [[77, 255, 76]]]
    assert eight_bits(np.full((1, 1, 3), 9, np.uint8)).tolist() == [[[9, 9, 9]]]
