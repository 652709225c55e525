from __future__ import annotations

from pathlib import Path

import pytest

from avatar_core.batch.jobs_file import read_batch
from avatar_core.errors import RecordingError
from avatar_core.recording.render_job import RenderJob

CAMERA = b"jobs: [{out: a.mp4, camera: {path: [%b]}}]"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[]", "The file jobs.yaml should be named values."),
        (b"job: []", "The file jobs.yaml has 'job', which means nothing."),
        (b"chunk: x", "'chunk' of the file jobs.yaml should be a whole number from 1 to 1000, "),
        (b"jobs: [{out: a.mp4, film: b}]", "Job 1 in jobs.yaml has 'film', which means nothing."),
        (b"jobs: [{out: a.mp4, size: big}]", "'size' of job 1 in jobs.yaml should be a size "),
        (CAMERA % b"{yaw: 1}", "Key 1 of the camera of job 1 in jobs.yaml has no time."),
    ],
)
def test_sentences_begin_with_a_capital_and_names_of_files_stay_as_they_are(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(RecordingError) as caught:
        read_batch(data, "jobs.yaml", Path("/work"))
    assert caught.value.message.startswith(sentence)


def test_a_job_that_comes_alone_is_called_the_render_job() -> None:
    with pytest.raises(RecordingError, match=r"^'size' of the render job should be"):
        RenderJob.from_record({"out": "a.mp4", "size": "big"})
    with pytest.raises(RecordingError, match=r"^The render job should be named values"):
        RenderJob.from_record([])
