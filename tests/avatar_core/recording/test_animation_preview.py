from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageSequence

from avatar_core.bench.marked_pictures import MarkedPictures
from avatar_core.recording import animation_preview
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_format import GIF, WEBP, open_film

KINDS = [GIF, WEBP]


def preview(path, settings, images):
    film = open_film(path, settings)
    for index, image in enumerate(images):
        film.submit(image, index / settings.fps, wait=True)
    return film.close()


def frames(path):
    """Pictures [H, W, 4] and how long each stands, seconds."""
    with Image.open(path) as picture:
        found = [
            (np.asarray(each.convert("RGBA")), each.info["duration"] / 1000)
            for each in ImageSequence.Iterator(picture)
        ]
        assert picture.info.get("loop", 0) == 0
    return [image for image, _ in found], [lasts for _, lasts in found]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_a_preview_shows_the_film_in_its_time(tmp_path, kind):
    pictures = MarkedPictures(96, 72)
    path = tmp_path / f"a{kind.suffix}"

    report = preview(
        path, VideoSettings(96, 72, 10, format=kind), [pictures.picture(5 * n) for n in range(8)]
    )

    shown, lasts_s = frames(path)
    assert len(shown) == report.frames == 8
    assert sum(lasts_s) == pytest.approx(0.8, abs=0.05)
    for number, image in enumerate(shown):
        off = np.abs(image[..., :3].astype(int) - pictures.picture(5 * number))
        assert off.mean() < 6  # 256 colours with dither, or lossy WebP
    assert report.notices == ()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_large_and_fast_films_are_reduced_and_said(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(animation_preview, "LARGEST_PX", 64)
    path = tmp_path / f"a{kind.suffix}"

    report = preview(
        path,
        VideoSettings(128, 96, 60, format=kind),
        [np.full((96, 128, 3), 10 * n, np.uint8) for n in range(12)],
    )

    shown, lasts_s = frames(path)
    assert shown[0].shape[:2] == (48, 64)
    assert len(shown) == 4  # every third of 60
    assert sum(lasts_s) == pytest.approx(0.2, abs=0.02)
    assert "64 x 48 at 20 frames" in report.notices[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_a_preview_that_is_too_large_is_made_smaller(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(animation_preview, "MOST_BYTES", 60_000)
    monkeypatch.setattr(animation_preview, "_SMALLEST_PX", 20)
    noise = np.random.default_rng(0).integers(0, 255, (6, 128, 128, 3), np.uint8)
    path = tmp_path / f"a{kind.suffix}"

    report = preview(path, VideoSettings(128, 128, 10, format=kind), list(noise))

    assert path.stat().st_size <= 60_000
    shown, _ = frames(path)
    assert shown[0].shape[0] < 128
    assert "so that it stays small" in report.notices[0]


def test_webp_keeps_what_is_transparent(tmp_path):
    drawn = np.zeros((32, 32, 4), np.uint8)
    drawn[8:24, 8:24] = (100, 50, 25, 128)

    settings = VideoSettings(32, 32, 10, format=WEBP, alpha=True)
    preview(tmp_path / "a.webp", settings, [drawn] * 2)

    shown = frames(tmp_path / "a.webp")[0][0]
    np.testing.assert_allclose(shown[12:20, 12:20], np.full((8, 8, 4), (200, 100, 50, 128)), atol=6)
    assert (shown[:4, :, 3] == 0).all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_without_pictures_what_was_there_stays(tmp_path, kind):
    path = tmp_path / f"a{kind.suffix}"
    path.write_bytes(b"an older one")

    assert preview(path, VideoSettings(32, 32, 10, format=kind), []).frames == 0
    assert path.read_bytes() == b"an older one"


def test_a_picture_that_stands_long_is_written_for_its_time(tmp_path):
    film = open_film(tmp_path / "a.webp", VideoSettings(32, 32, 10, format=WEBP))
    film.submit(np.full((32, 32, 3), 50, np.uint8), 0.0, wait=True)
    film.submit(np.full((32, 32, 3), 200, np.uint8), 0.7, wait=True)
    film.close(end_s=1.0)

    _, lasts_s = frames(tmp_path / "a.webp")
    assert sum(lasts_s) == pytest.approx(1.0, abs=0.05)
