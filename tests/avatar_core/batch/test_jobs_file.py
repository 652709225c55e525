from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_core.batch import jobs_file
from avatar_core.batch.jobs_file import Batch, load_batch, read_batch
from avatar_core.errors import AssetError, RecordingError
from avatar_core.recording.camera_path import FramedView, Turntable
from avatar_core.recording.render_job import RenderJob

FOLDER = Path("/work")


def _read(text: str):
    return read_batch(text.encode(), "jobs.yaml", FOLDER)


def test_a_matrix_is_every_choice_and_a_list_follows(tmp_path):
    path = tmp_path / "jobs.yaml"
    path.write_text(
        """
# every avatar performs every take
defaults: {size: 640x360, fps: 25, camera: {yaw: 20}}
retries: 5
chunk: 12
matrix:
  avatar: [demo, heroes/anna.avatar]
  drive: [hello.take, "sound:song.wav"]
  out: films/{avatar}-{drive}.mp4
jobs:
  - project: short.studio
    out: "films/{project}.mov"
    background: transparent
    camera: {turntable: 8}
""",
        encoding="utf-8",
    )
    batch = load_batch(path)
    assert (batch.retries, batch.chunk_frames) == (5, 12)
    names = [Path(job.out).relative_to(tmp_path).as_posix() for job in batch.jobs]
    assert names == [
        "films/demo-hello.mp4", "films/demo-song.mp4", "films/anna-hello.mp4",
        "films/anna-song.mp4", "films/short.mov",
    ]  # fmt: skip
    assert batch.jobs[2].avatar == str(tmp_path / "heroes" / "anna.avatar")
    assert batch.jobs[3].drive == f"sound:{tmp_path / 'song.wav'}"
    assert {(job.width, job.height, job.fps) for job in batch.jobs} == {(640, 360, 25.0)}
    assert batch.jobs[0].camera == FramedView(20.0)
    assert batch.jobs[4].camera == Turntable(8.0)


def test_names_that_are_no_files_stay_whole():
    jobs = [
        {"take": f"Take 1.{at}", "fps": 23.98, "project": "p/a.b.studio",
         "out": "{project} {take} at {fps}.mp4"}
        for at in (1, 2)
    ]  # fmt: skip
    names = [Path(job.out).name for job in _read(json.dumps({"jobs": jobs})).jobs]
    assert names == ["a.b Take 1.1 at 23.98.mp4", "a.b Take 1.2 at 23.98.mp4"]


def test_json_is_read_too():
    jobs = [{"out": "a.mp4", "avatar": "demo", "drive": "demo"}]
    assert len(_read(json.dumps({"jobs": jobs})).jobs) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "named values"),
        ("[]", "named values"),
        ("jobs: []", "no film"),
        ("jobs: 3", "a list"),
        ("job: []", "'job'"),
        ("jobs: [3]", "named values"),
        ("jobs: [{out: a.mp4, 3: x}]", "named values"),
        ("matrix: {avatar: [], out: a.mp4}", "empty"),
        ("jobs: [{out: a.mp4}, {out: a.mp4}]", "Two jobs"),
        ("jobs: [{out: a.mp4}, {out: b/../a.mp4}]", "Two jobs"),
        ("jobs: [{out: '{avatar}.mp4'}]", "{avatar}"),
        ("jobs: [{out: '{out}.mp4'}]", "{out}"),
        ("jobs: [{out: a.mp4, size: 1x1}]", "Job 1 in jobs.yaml"),
        ("retries: -1", "retries"),
        ("chunk: 0", "chunk"),
        ("jobs: [", "line 1"),
        ("jobs: *a", "alias"),
        ("a: &a [x]\njobs: [*a, *a]", "aliases"),
        ("jobs: !!python/object/apply:os.system ['true']", "cannot be read"),
        ("jobs: 2026-99-99", "cannot be read"),
        ("[" * 3000, "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text, words):
    with pytest.raises(RecordingError) as caught:
        _read(text)
    assert words in caught.value.message
    assert caught.value.hint


def test_films_of_one_name_are_refused_whoever_asks_for_them():
    first = RenderJob(out="a.mp4", shown="two_files", portrait="demo:lena", drive="demo")
    second = RenderJob(out="a portrait.mp4", avatar="demo", drive="demo")
    assert Batch((first, RenderJob(out="b.mp4")))
    with pytest.raises(RecordingError, match=r"Two jobs write a portrait\.mp4"):
        Batch((first, second))


def test_limits_are_kept(monkeypatch):
    with pytest.raises(RecordingError, match="too long"):
        _read("#" * (jobs_file.MOST_BYTES + 1))
    monkeypatch.setattr(jobs_file, "MOST_JOBS", 3)
    choices = "a, b, c, d"
    with pytest.raises(RecordingError, match="more than 3"):
        _read(f"matrix: {{take: [{choices}], out: '{{take}}.mp4'}}")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(AssetError, match=r"none\.yaml was not found"):
        load_batch(tmp_path / "none.yaml")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="{}[]:,-*&!?|>'\"% \nabjos0.", max_size=60))
def test_whatever_the_file_holds_is_a_batch_or_a_sentence(data):
    try:
        batch = read_batch(data if isinstance(data, bytes) else data.encode(), "jobs.yaml", FOLDER)
    except RecordingError:
        return
    assert batch.jobs
