"""Still images as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving.still_image import StillImageSource, is_image
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = ["png", "jpg", "bmp", "webp", "tiff", "avif"]


def _picture() -> np.ndarray:
    """[30, 40, 3] RGB: red with a blue top left quarter."""
    picture = np.zeros((30, 40, 3), np.uint8)
    picture[..., 0] = 200
    picture[:15, :20] = [0, 0, 200]
    return picture


def _saved(path: Path) -> Path:
    assert cv2.imwrite(str(path), _picture()[..., ::-1])
    return path


class _Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.mark.parametrize("suffix", _SUFFIXES)
def test_reads_the_usual_kinds(tmp_path: Path, suffix: str) -> None:
    path = _saved(tmp_path / f"face.{suffix}")
    assert is_image(path)
    source = StillImageSource(path, loop=False)
    captured = source.read(0.0)
    assert captured is not None
    assert source.size == (40, 30)
    np.testing.assert_allclose(captured.image[3, 3], [0, 0, 200], atol=30)
    np.testing.assert_allclose(captured.image[25, 35], [200, 0, 0], atol=30)


@pytest.mark.parametrize("suffix", _SUFFIXES)
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_image_is_told_in_words_only(
    tmp_path: Path, suffix: str, keep: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = _saved(tmp_path / f"face.{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(AssetError, match=rf"face\.{suffix} is damaged"):
        StillImageSource(path)
    assert capfd.readouterr().err == ""


def _with_exif_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG with a minimal EXIF block that holds nothing but the orientation."""
    entry = b"\x12\x01\x03\x00\x01\x00\x00\x00" + bytes([orientation, 0, 0, 0])
    tiff = b"II*\x00\x08\x00\x00\x00\x01\x00" + entry + b"\x00\x00\x00\x00"
    body = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


@pytest.mark.parametrize(("orientation", "quarter_turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_photo_is_turned_as_its_camera_says(
    tmp_path: Path, orientation: int, quarter_turns: int
) -> None:
    path = _saved(tmp_path / "photo.jpg")
    path.write_bytes(_with_exif_orientation(path.read_bytes(), orientation))
    captured = StillImageSource(path, loop=False).read(0.0)
    assert captured is not None
    expected = np.rot90(_picture(), quarter_turns)
    assert captured.image.shape == expected.shape
    assert np.abs(captured.image.astype(int) - expected).mean() < 12


@pytest.mark.parametrize("kind", ["grey", "alpha", "sixteen bits"])
def test_every_pixel_kind_becomes_rgb(tmp_path: Path, kind: str) -> None:
    picture = {
        "grey": np.full((8, 9), 90, np.uint8),
        "alpha": np.full((8, 9, 4), 90, np.uint8),
        "sixteen bits": np.full((8, 9, 3), 90 * 257, np.uint16),
    }[kind]
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture)
    captured = StillImageSource(path).read(0.0)
    assert captured is not None
    assert captured.image.dtype == np.uint8
    assert captured.image.shape == (8, 9, 3)
    assert (captured.image == 90).all()


def test_comes_once_when_not_looping(tmp_path: Path) -> None:
    source = StillImageSource(_saved(tmp_path / "a.png"), loop=False)
    assert not source.ended
    assert source.read(0.0) is not None
    assert source.ended
    assert source.read(0.0) is None


def test_repeats_ten_times_a_second(tmp_path: Path) -> None:
    clock = _Clock()
    source = StillImageSource(_saved(tmp_path / "a.png"), clock=clock, sleep=clock.sleep)
    times = []
    while clock.now_s < 101.0:
        captured = source.read(0.03)
        if captured is not None:
            times.append((captured.time_s, captured.index))
    assert [index for _, index in times] == list(range(len(times)))
    assert len(times) in (10, 11)
    assert np.diff([time_s for time_s, _ in times]) == pytest.approx(0.1)
    assert not source.ended


def test_does_not_hurry_after_a_pause(tmp_path: Path) -> None:
    clock = _Clock()
    source = StillImageSource(_saved(tmp_path / "a.png"), clock=clock, sleep=clock.sleep)
    source.read(0.0)
    clock.now_s += 5.02
    captured = source.read(0.0)
    assert captured is not None
    assert captured.time_s == pytest.approx(5.0)
    assert source.read(0.0) is None


def test_describes_itself(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png")
    source = StillImageSource(path)
    assert source.uri == f"file:{path}"
    assert source.fps == 10
    assert source.duration_s is None
    assert source.audio_path is None
    source.close()
    source.close()
    assert source.ended
    assert source.read(0.0) is None


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_core.driving.still_image._MAX_BYTES", 10)
    with pytest.raises(AssetError, match="too large"):
        StillImageSource(_saved(tmp_path / "a.png"))


def test_other_files_are_no_images(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"RIFF....AVI ")
    assert not is_image(path)
