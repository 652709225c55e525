"""Opening sources by their address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving.camera import CameraFormat
from avatar_core.driving.sources import camera_format, open_source
from avatar_core.driving.still_image import StillImageSource
from avatar_core.driving.video_file import VideoFileSource
from avatar_core.errors import AssetError, DeviceError
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _image(path: Path) -> Path:
    cv2.imwrite(str(path.with_suffix(".png")), np.zeros((8, 8, 3), np.uint8))
    return path.with_suffix(".png").rename(path)


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}"])
def test_films_open_by_path_and_by_uri(make_film: Callable[..., Path], form: str) -> None:
    path = make_film("my film.mp4")
    source = open_source(form.format(path), paced=False, loop=False)
    assert isinstance(source, VideoFileSource)
    assert source.uri == f"file:{path}"
    assert source.read(0.0) is not None
    source.close()


def test_escapes_in_a_uri_are_undone(make_film: Callable[..., Path]) -> None:
    path = make_film("my film.mp4")
    assert open_source(path.as_uri()).uri == f"file:{path}"


def test_content_counts_not_the_name(tmp_path: Path, make_film: Callable[..., Path]) -> None:
    assert isinstance(open_source(str(_image(tmp_path / "face.mp4"))), StillImageSource)
    film = make_film().rename(tmp_path / "film.png")
    assert isinstance(open_source(str(film)), VideoFileSource)


def test_loop_reaches_the_source(tmp_path: Path, make_film: Callable[..., Path]) -> None:
    for path in (_image(tmp_path / "face.png"), make_film(frames=1)):
        source = open_source(str(path), paced=False, loop=False)
        assert source.read(0.0) is not None
        assert source.read(0.0) is None
        assert source.ended


@pytest.mark.parametrize(
    ("uri", "error", "says"),
    [
        ("camera:first", DeviceError, "no camera called 'first'"),
        ("camera:-1", DeviceError, "no camera called '-1'"),
        ("camera:", DeviceError, "no camera called ''"),
        ("/nowhere/face.mp4", AssetError, r"no file face\.mp4"),
        ("https://example.org/face.mp4", AssetError, r"no file face\.mp4"),
        ("", AssetError, "No file was named"),
        ("file:", AssetError, "No file was named"),
        ("bad\0name", AssetError, "cannot be opened"),
    ],
)
def test_addresses_that_lead_nowhere_are_told_in_words(
    uri: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        open_source(uri)
    assert getattr(caught.value, "hint", "")


def test_folders_and_empty_files_are_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="is a folder"):
        open_source(str(tmp_path))
    for name in ("empty.mp4", "empty.png"):
        (tmp_path / name).touch()
        with pytest.raises(AssetError, match=f"{name} is empty"):
            open_source(str(tmp_path / name))


def test_a_file_that_may_not_be_read_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "face.png"
    path.touch()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(AssetError, match=r"face\.png cannot be opened"):
        open_source(str(path))


def test_the_address_of_a_camera_says_what_it_is_asked_for() -> None:
    usual = CameraFormat(800, 600, 25)
    full = DriverAddress.parse("camera:1?size=1280x720&fps=60&mirrored=1")
    assert camera_format(full, usual) == CameraFormat(1280, 720, 60, is_mirrored=True)
    assert camera_format(DriverAddress.parse("camera:1"), usual) == usual
    rate = DriverAddress.parse("camera:1?fps=30")
    assert camera_format(rate, usual) == CameraFormat(800, 600, 30)


@pytest.mark.parametrize("size", ["720", "0x720", "1280X720", "1280x720x3", "-1x5", "axb", ""])
def test_sizes_that_make_no_sense_are_told_in_words(size: str) -> None:
    with pytest.raises(DeviceError, match="size") as caught:
        open_source(f"camera:0?size={size}")
    assert "1280x720" in caught.value.hint
