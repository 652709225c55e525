"""From display colours to the pictures that codecs store: BT.709, limited range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from avatar_core.recording.alpha import spread

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.recording.film_format import FilmImage

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""Shares of the primaries in BT.709's luma."""
_LUMA_STEPS, _CHROMA_STEPS, _BLACK, _NEUTRAL = 219, 224, 16, 128
"""Of limited range at 8 bits."""
_BITS = {"yuv444p10le": 10, "yuva444p10le": 10}


def tag(context: VideoCodecContext) -> None:
    """Say in the file what `video_frame` makes."""
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709


def video_frame(image: FilmImage, pixel_format: str) -> av.VideoFrame:
    """A picture in the form a codec takes.

    Args:
        image: [H, W, 3] sRGB, or [H, W, 4] premultiplied, whose alpha is kept, straight, where the
            format has room for it; uint8 or uint16.
        pixel_format: yuv420p, yuva420p, yuv444p10le or yuva444p10le.

    Source:
        Rec. ITU-R BT.709-6, 3.2 to 3.5 and 4.6.
    """
    has_alpha = pixel_format.startswith("yuva")
    if has_alpha and image.shape[2] == 4:
        image = spread(image)
    elif not has_alpha:
        image = image[..., :3]
    if pixel_format in _BITS:
        frame = _by_matrix(image, pixel_format)
    else:
        frame = _by_swscale(image, pixel_format)
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return frame


def eight_bits(image: FilmImage) -> UInt8:
    """The nearest picture of 8 bits a channel."""
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _by_swscale(image: FilmImage, pixel_format: str) -> av.VideoFrame:
    source = np.ascontiguousarray(eight_bits(image))
    layout = "rgba" if source.shape[2] == 4 else "rgb24"
    return av.VideoFrame.from_numpy_buffer(source, format=layout).reformat(
        format=pixel_format,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
    )


def _by_matrix(image: FilmImage, pixel_format: str) -> av.VideoFrame:
    """Without swscale, whose 10 bits of 16 are off by up to four steps."""
    bits, full = _BITS[pixel_format], float(np.iinfo(image.dtype).max)
    colour = np.ascontiguousarray(image[..., :3], np.float32)
    steps = cv2.transform(colour, _matrix(bits, full))
    planes = list(np.rint(steps).astype(np.uint16).transpose(2, 0, 1))
    if pixel_format.startswith("yuva"):
        opaque = np.full(image.shape[:2], full, np.float32)
        alpha = image[..., 3].astype(np.float32) if image.shape[2] == 4 else opaque
        planes.append(np.rint(alpha * ((2**bits - 1) / full)).astype(np.uint16))
    frame = av.VideoFrame(image.shape[1], image.shape[0], pixel_format)
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    return frame


def _matrix(bits: int, full: float) -> Float32:
    """[3, 4] from RGB 0..full to luma and the two differences, in steps of limited range."""
    luma = np.array([RED, GREEN, BLUE])
    blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - BLUE))
    red = (np.array([1, 0, 0]) - luma) / (2 * (1 - RED))
    ranges = np.array([_LUMA_STEPS, _CHROMA_STEPS, _CHROMA_STEPS])[:, None]
    offsets = np.array([_BLACK, _NEUTRAL, _NEUTRAL])[:, None]
    rows = np.hstack([np.stack([luma, blue, red]) * ranges / full, offsets])
    return np.asarray(rows * 2 ** (bits - 8), np.float32)
