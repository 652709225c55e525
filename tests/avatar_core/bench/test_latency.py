"""The latency bench, with a studio that only reports; and its camera made of a film."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar_core.bench import latency
from avatar_core.bench.swaying_face import swaying_pictures, write_film
from avatar_core.driving.film_camera import FilmCapture, film_in_place
from avatar_core.errors import AssetError

WRITES_REPORT = """
import json, os
from pathlib import Path
film = Path(os.environ["AVATAR_STUDIO_FILE_CAMERA"])
assert film.stat().st_size > 1000
seconds = float(os.environ["AVATAR_STUDIO_LATENCY_SECONDS"])
report = {
    "p50_ms": 41.236, "p95_ms": 66, "growth_ms": 0.5, "frames": 20, "seconds": seconds,
    "draw_ms": 70, "screen_p50_ms": 111, "screen_p95_ms": 150, "memory_growth_mb": 1.25,
}
Path(os.environ["AVATAR_STUDIO_LATENCY_REPORT"]).write_text(json.dumps(report))
"""


@pytest.fixture
def _short(monkeypatch):
    monkeypatch.setattr(latency, "_ROUND_S", 1)


@pytest.mark.usefixtures("_short")
def test_what_the_studio_told(studio, monkeypatch):
    studio(WRITES_REPORT)
    monkeypatch.setenv(latency.SECONDS_VARIABLE, "2.5")
    told = latency.run()
    assert told["latency_p50_ms"] == 41.24
    assert told["latency_p95_ms"] == 66.0
    assert told["latency_growth_ms"] == 0.5
    assert told["latency_draw_ms"] == 70.0
    assert told["latency_seconds"] == 2.5


@pytest.mark.usefixtures("_short")
def test_a_studio_that_tells_nothing_leaves_a_reason(studio):
    studio("raise SystemExit('no window today')")
    told = latency.run(1.0)
    assert told["latency_p50_ms"] is None
    assert "no window today" in told["latency_reason"]


class _Clock:
    def __init__(self):
        self.now_s = 10.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.fixture
def film(tmp_path):
    """Ten pictures at ten a second, each brighter than the one before."""
    path = tmp_path / "film.mp4"
    write_film(path, [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(10)], 10)
    return path


def _shown(capture):
    succeeded, picture = capture.read()
    assert succeeded
    return round(float(picture.mean()) / 20)


def test_a_film_camera_keeps_its_pace_and_begins_again(film):
    clock = _Clock()
    capture = FilmCapture(film, clock=clock, sleep=clock.sleep)
    assert capture.isOpened()
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    assert [_shown(capture) for _ in range(12)] == [*range(10), 0, 1]
    assert clock.now_s == pytest.approx(11.1)
    capture.release()


def test_who_reads_a_film_camera_slowly_misses_pictures(film):
    clock = _Clock()
    capture = FilmCapture(film, clock=clock, sleep=clock.sleep)
    assert _shown(capture) == 0
    clock.now_s += 0.55
    assert _shown(capture) == 5
    assert _shown(capture) == 6


def test_a_film_camera_needs_a_film(tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("no film")
    with pytest.raises(AssetError, match="cannot stand in"):
        FilmCapture(tmp_path / "notes.txt")
    monkeypatch.delenv("AVATAR_STUDIO_FILE_CAMERA", raising=False)
    assert film_in_place() is None
    monkeypatch.setenv("AVATAR_STUDIO_FILE_CAMERA", "/a/film.mp4")
    assert str(film_in_place()) == "/a/film.mp4"


def test_a_swaying_face_comes_back_to_where_it_began():
    face = np.zeros((100, 100, 3), np.uint8)
    face[40:60, 40:60] = 255
    pictures = swaying_pictures(face, 8)
    assert len(pictures) == 8
    assert all(picture.shape == (480, 640, 3) for picture in pictures)
    places = [np.argwhere(picture[..., 0] > 128).mean(axis=0)[1] for picture in pictures]
    assert places[0] == pytest.approx(320 + 24, abs=3)
    assert places[4] == pytest.approx(320 - 24, abs=3)
