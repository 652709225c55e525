from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_core.errors import RecordingError
from avatar_core.project import CameraBookmark
from avatar_core.recording.camera_path import (
    CameraKey,
    CameraPath,
    Ease,
    FramedView,
    NamedView,
    Turntable,
)
from avatar_core.recording.render_job import Look, RenderJob, Shown

POSE = CameraBookmark("Here", (0.0, 1.5, 0.25), 0.5, -0.25, 1.0, 0.35)
WHOLE = RenderJob(
    out="/films/a.mov", project="/p/a.studio", avatar="demo", hair="demo:bob", paint="/p/b.studio",
    portrait="/p/anna.portrait", shown=Shown.SIDE_BY_SIDE, take="Take 2", width=640, height=360,
    fps=25.0, first_frame=3, last_frame=40, supersample=2, look=Look.EXACT,
    background="transparent", format="prores-4444",
    camera=CameraPath((CameraKey(0.0, NamedView("Close")), CameraKey(2.0, POSE, Ease.LINEAR))),
)  # fmt: skip


@pytest.mark.parametrize(
    "job",
    [
        WHOLE,
        RenderJob(out="a.mp4"),
        RenderJob(out="a.mp4", drive="sound:/a.wav", camera=Turntable(8.0, FramedView(0.0, 10.0))),
        RenderJob(out="a.mp4", first_frame=5, background="#00ff7f", camera=POSE),
        RenderJob(out="frames", format="png-16", shown=Shown.TWO_FILES, camera=NamedView("Close")),
    ],
)
def test_a_job_comes_back_from_its_record(job):
    record = json.loads(json.dumps(job.record()))
    assert RenderJob.from_record(record) == job


def test_people_may_write_less():
    job = RenderJob.from_record({
        "out": "a.mp4", "avatar": "anna.avatar", "drive": "sound:song.wav", "size": "1920x1080",
        "frames": "10-", "fps": 24, "camera": {"yaw": 30}, "portrait": "demo:lena",
    }, folder=Path("/shots"))  # fmt: skip
    assert (job.out, job.avatar) == ("/shots/a.mp4", "/shots/anna.avatar")
    assert (job.drive, job.portrait) == ("sound:/shots/song.wav", "demo:lena")
    assert (job.width, job.height, job.first_frame, job.last_frame) == (1920, 1080, 10, None)
    assert (job.fps, job.camera) == (24.0, FramedView(30.0, 0.0))
    assert RenderJob.from_record({"out": "a.mp4", "camera": "Close"}).camera == NamedView("Close")
    turning = RenderJob.from_record({"out": "a.mp4", "camera": {"turntable": 8, "pitch": 10}})
    assert turning.camera == Turntable(8.0, FramedView(0.0, 10.0))


def test_a_home_that_is_nobodys_is_a_folder_of_that_name(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    record = {"out": "~nobody-here/a.mp4", "avatar": "~/anna.avatar", "drive": "sound:~/song.wav"}
    job = RenderJob.from_record(record, folder=Path("/shots"))
    assert job.out == "/shots/~nobody-here/a.mp4"
    assert job.avatar == "/home/ada/anna.avatar"
    assert job.drive == "sound:/home/ada/song.wav"


def test_a_preset_says_what_is_left_out():
    tall = RenderJob.from_record({"out": "a.mp4", "preset": "social-tall"})
    assert (tall.width, tall.height, tall.fps, tall.format) == (1080, 1920, 30.0, "h264")
    small = RenderJob.from_record({"out": "a.mov", "preset": "composite", "size": "64x48"})
    assert (small.width, small.height, small.format) == (64, 48, "prores-4444")
    assert small.is_transparent
    green = {"out": "a.mov", "preset": "composite", "background": "#00ff00"}
    assert not RenderJob.from_record(green).is_transparent


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "named values"),
        ({}, "names no film"),
        ({"out": "a.mp4", "sise": "1x1"}, "'sise'"),
        ({"out": "a.avi"}, "a.avi"),
        ({"out": "a.mp4", "size": "9x9"}, "9 x 9"),
        ({"out": "a.mp4", "size": "4098x64", "show": "side_by_side"}, "8196 x 64"),
        ({"out": "a.mp4", "size": "1920"}, "size"),
        ({"out": "a.mp4", "size": [True, 64]}, "size"),
        ({"out": "a.mp4", "fps": 0}, "fps"),
        ({"out": "a.mp4", "fps": float("nan")}, "fps"),
        ({"out": "a.mp4", "fps": 10**400}, "fps"),
        ({"out": "a.mp4", "frames": "9-3"}, "frames"),
        ({"out": "a.mp4", "frames": [9, 3]}, "frames"),
        ({"out": "a.mp4", "supersample": 9}, "supersample"),
        ({"out": "a.mp4", "show": "nobody"}, "avatar, portrait"),
        ({"out": "a.mp4", "background": "#12"}, "colour"),
        ({"out": "a.mp4", "background": "transparent"}, "transparent"),
        ({"out": "a.mp4", "format": "avi"}, "avi"),
        ({"out": "a.mp4", "preset": "cinema"}, "cinema"),
        ({"out": 7}, "'out'"),
        ({"out": "a\0.mp4"}, "'out'"),
        ({"out": "a.mp4", "camera": []}, "named values"),
        ({"out": "a.mp4", "camera": {"path": []}}, "path"),
        ({"out": "a.mp4", "camera": {"path": [{"yaw": 3}]}}, "no time"),
        ({"out": "a.mp4", "camera": {"path": [{"time": 1}, {"time": 0}]}}, "rising"),
        ({"out": "a.mp4", "camera": {"turntable": 0}}, "turn"),
        ({"out": "a.mp4", "camera": {"pose": {"name": "x"}}}, "pose"),
        ({"out": "a.mp4", "camera": {"yow": 3}}, "'yow'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(record, words):
    with pytest.raises(RecordingError) as caught:
        RenderJob.from_record(record)
    assert words in caught.value.message
    assert caught.value.hint


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_names = st.sampled_from(
    ["size", "fps", "frames", "supersample", "show", "look", "background", "format", "camera"]
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_names, _plain, max_size=4))
def test_whatever_is_written_is_a_job_or_a_sentence(record):
    try:
        job = RenderJob.from_record({"out": "a.mp4", **record})
    except RecordingError:
        return
    assert RenderJob.from_record(json.loads(json.dumps(job.record()))) == job


def test_two_files_are_two_films():
    avatar, portrait = RenderJob(out="/f/a.mp4", shown=Shown.TWO_FILES).films()
    assert (avatar.shown, avatar.out) == (Shown.AVATAR, "/f/a.mp4")
    assert (portrait.shown, Path(portrait.out).name) == (Shown.PORTRAIT, "a portrait.mp4")
    assert RenderJob(out="a.mp4").films() == (RenderJob(out="a.mp4"),)
