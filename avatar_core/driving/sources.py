"""Opening a source of driving pictures by its address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from avatar_core.driving.camera import CameraFormat, CameraInfo, CameraSource, list_cameras
from avatar_core.driving.frame_source import CapturedImage, FrameSource
from avatar_core.driving.still_image import StillImageSource, is_image
from avatar_core.driving.video_file import VideoFileSource
from avatar_core.errors import AssetError, DeviceError

__all__ = [
    "CameraFormat",
    "CameraInfo",
    "CapturedImage",
    "FrameSource",
    "list_cameras",
    "open_source",
]


def open_source(
    uri: str, *, paced: bool = True, loop: bool = True, camera: CameraFormat | None = None
) -> FrameSource:
    """Open a camera, a film or a still image.

    Args:
        uri: `camera:0`, `file:PATH`, or simply a path.
        paced: whether a film plays at its own speed; otherwise each read gives the next picture.
        loop: whether a film begins again at its end and a still repeats itself.
        camera: what a camera is asked for; 640 x 480 at 30 when left out.

    Raises:
        DeviceError: the camera cannot be opened.
        AssetError: the file is missing, unreadable, damaged, or has no pictures.
    """
    if uri.startswith("camera:"):
        return CameraSource(_camera_index(uri), wanted=camera or CameraFormat())
    if uri in ("", "file:"):
        raise AssetError("No file was named.", "Choose a video or an image.")
    path = _path(uri)
    _expect_readable(path)
    if is_image(path):
        return StillImageSource(path, loop=loop)
    return VideoFileSource(path, paced=paced, loop=loop)


def _camera_index(uri: str) -> int:
    number = uri.removeprefix("camera:")
    if not (number.isascii() and number.isdigit()):
        raise DeviceError(
            f"There is no camera called '{number}'.", "Cameras are numbered: camera:0, camera:1."
        )
    return int(number)


def _path(uri: str) -> Path:
    if uri.startswith("file://"):
        return Path(url2pathname(urlsplit(uri).path))
    return Path(uri.removeprefix("file:")).expanduser()


def _expect_readable(path: Path) -> None:
    try:
        if path.is_dir():
            raise AssetError(f"{path.name} is a folder.", "Choose a video or an image.")
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
