from __future__ import annotations

import json
from dataclasses import replace

import pytest

from avatar_core.batch.queue_store import JOB, STATE, JobState, QueueStore, load_job
from avatar_core.batch.render_events import (
    ErrorTold,
    FilmsTold,
    NoticeTold,
    PictureTold,
    ShareTold,
    event_line,
    read_event,
)
from avatar_core.errors import AssetError, RecordingError
from avatar_core.io import limits
from avatar_core.recording.render_job import RenderJob, Shown


@pytest.fixture
def store(tmp_path) -> QueueStore:
    return QueueStore(tmp_path / "queue")


def _add(store, name="a"):
    job = RenderJob(out=f"/films/{name}.mp4", shown=Shown.TWO_FILES)
    return store.add(store.new_folder(), job, name.upper())


def test_jobs_are_found_again_in_their_order(store):
    assert store.jobs() == []
    first, second, third = (_add(store, name) for name in "abc")
    assert [job.title for job in store.jobs()] == ["A", "B", "C"]
    store.reorder([third.id, first.id, second.id])
    failed = RecordingError("It broke.", "Mend it.")
    store.update(replace(first, state=JobState.FAILED, share=0.25, error=failed))
    store.remove(second)
    found = QueueStore(store.folder).jobs()
    assert [job.id for job in found] == [third.id, first.id]
    assert found[0] == third
    assert (found[1].state, found[1].share) == (JobState.FAILED, 0.25)
    assert str(found[1].error) == "It broke. Mend it."
    assert [path.name for path in found[0].films] == ["c.mp4", "c portrait.mp4"]
    assert load_job(third.folder / JOB) == third.job


def test_names_of_films_may_be_no_text(store):
    job = _add(store, "ä\udcff")
    assert store.jobs() == [job]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (JOB, ""),
        (JOB, "[]"),
        (JOB, "[" * 5000),
        (JOB, '{"format": "avatar-studio render job", "version": 2}'),
        (JOB, '{"format": "avatar-studio render job", "version": 1, "job": {"out": "a.avi"}}'),
        (STATE, "}"),
        (STATE, '{"state": "flying", "share": 1e999, "error": 3}'),
        ("../order.json", '{"order": [3, null, "x"]}'),
        ("../order.json", "no"),
    ],
)
def test_damage_leaves_out_no_more_than_it_must(store, file, text):
    job, other = _add(store, "a"), _add(store, "b")
    (job.folder / file).write_text(text, encoding="utf-8")
    found = {each.id: each for each in store.jobs()}
    assert other.id in found
    assert (job.id in found) is (file != JOB)
    if file == STATE:
        assert found[job.id].state in (JobState.WAITING, JobState.PAUSED)
        assert found[job.id].share == 0


def test_folders_of_others_are_let_be(store):
    job = _add(store)
    (store.folder / "notes").mkdir()
    (store.folder / ("0" * 16)).mkdir()
    assert [each.id for each in store.jobs()] == [job.id]
    with pytest.raises(AssetError):
        load_job(store.folder / "none" / JOB)
    (store.folder / "notes" / JOB).write_text(json.dumps({"format": "other"}), encoding="utf-8")
    with pytest.raises(RecordingError, match="no render job"):
        load_job(store.folder / "notes" / JOB)


def test_a_queue_that_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordingError):
        QueueStore(tmp_path / "file").new_folder()


def test_too_long_a_file_is_not_read_to_its_end(store, monkeypatch):
    job = _add(store)
    monkeypatch.setattr(limits, "JOBS_BYTES", 20)
    assert store.jobs() == []
    assert (job.folder / JOB).exists()


@pytest.mark.parametrize(
    "event",
    [
        ShareTold(0.5, "drawing", 3, 6, 1.5),
        ShareTold(0.0, "reading", 0, 6),
        PictureTold("/q/p.jpg"),
        NoticeTold("Ä."),
        FilmsTold(("/a.mp4", "/b.mp4")),
        ErrorTold("It broke.", "Mend it."),
    ],
)
def test_events_travel_as_lines(event):
    line = event_line(event)
    assert "\n" not in line
    assert read_event(line) == event


@pytest.mark.parametrize("line", ["", "hello", "[]", "{}", '{"event": "share"}', "[" * 9999])
def test_other_lines_are_no_events(line):
    assert read_event(line) is None
