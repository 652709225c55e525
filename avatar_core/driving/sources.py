"""Opening a source of driving pictures by its address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from avatar_core.driving.camera import CameraFormat, CameraInfo, CameraSource, list_cameras
from avatar_core.driving.frame_source import CapturedImage, FrameSource
from avatar_core.driving.image_sequence import ImageSequenceSource
from avatar_core.driving.still_image import StillImageSource, is_image
from avatar_core.driving.video_file import VideoFileSource
from avatar_core.errors import AssetError, DeviceError
from avatar_core.motion.driver_address import DriverAddress, place_path

__all__ = [
    "CameraFormat",
    "CameraInfo",
    "CapturedImage",
    "FrameSource",
    "list_cameras",
    "open_source",
]

SEQUENCE_FPS = 30.0
"""At which numbered pictures are shown unless their address says otherwise."""

_SIZE = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")


def open_source(
    uri: str, *, paced: bool = True, loop: bool = True, camera: CameraFormat | None = None
) -> FrameSource:
    """Open a camera, a film, a still image or a folder of numbered pictures.

    Args:
        uri: `camera:0`, `camera:0?size=1280x720&fps=30&mirrored=1`, `file:PATH`, `sequence:FOLDER`,
            `sequence:FOLDER?fps=25`, or simply a path.
        paced: whether a film plays at its own speed; otherwise each read gives the next picture.
        loop: whether a film begins again at its end and a still repeats itself.
        camera: what a camera is asked for where its address does not say; 640 x 480 at 30 when
            left out.

    Raises:
        DeviceError: the camera cannot be opened.
        AssetError: the file is missing, unreadable, damaged, or has no pictures.
    """
    address = DriverAddress.parse(uri)
    if address.scheme == "camera":
        wanted = camera_format(address, camera or CameraFormat())
        return CameraSource(_camera_index(address.place), wanted=wanted)
    if address.scheme == "sequence":
        fps = address.number("fps", SEQUENCE_FPS, 1, 240)
        return ImageSequenceSource(Path(address.place), fps=fps, paced=paced, loop=loop)
    if uri in ("", "file:"):
        raise AssetError("No file was named.", "Choose a video or an image.")
    path = _path(uri)
    _expect_readable(path)
    if is_image(path):
        return StillImageSource(path, loop=loop)
    return VideoFileSource(path, paced=paced, loop=loop)


def camera_format(address: DriverAddress, usual: CameraFormat) -> CameraFormat:
    """What the address of a camera asks for.

    Args:
        address: with the options `size` (WIDTHxHEIGHT), `fps` and `mirrored` (0 or 1), or without.
        usual: for what it leaves out.

    Raises:
        DeviceError: a value makes no sense.
    """
    width_px, height_px = usual.width_px, usual.height_px
    size = address.options.get("size")
    if size is not None:
        found = _SIZE.fullmatch(size)
        if found is None:
            raise DeviceError(
                f"{address.label} cannot be opened with size '{size}'.",
                "Write width and height in pixels, such as 1280x720.",
            )
        width_px, height_px = (int(number) for number in found.groups())
    is_mirrored = address.is_on("mirrored") if "mirrored" in address.options else usual.is_mirrored
    return CameraFormat(width_px, height_px, address.number("fps", usual.fps, 1, 240), is_mirrored)


def _camera_index(number: str) -> int:
    if not (number.isascii() and number.isdigit()):
        raise DeviceError(
            f"There is no camera called '{number}'.", "Cameras are numbered: camera:0, camera:1."
        )
    return int(number)


def _path(uri: str) -> Path:
    if uri.startswith("file://"):
        return Path(url2pathname(urlsplit(uri).path))
    return place_path(uri.removeprefix("file:"))


def _expect_readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise AssetError(f"{path.name or path} is a folder.", "Choose a video or an image.")
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except FileNotFoundError as error:
        raise AssetError(
            f"There is no file {path.name or path}.", "Choose a video or an image that exists."
        ) from error
    except (OSError, ValueError) as error:
        raise AssetError(
            f"{path.name} cannot be opened.", "Check that you may read it and that it is not busy."
        ) from error
    if is_empty:
        raise AssetError(f"{path.name} is empty.", "Choose another file.")
