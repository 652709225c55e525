from __future__ import annotations

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest

from avatar_core import cli
from avatar_core.batch.queue_store import PREVIEW, QueueStore
from avatar_core.batch.render_events import FilmsTold, PictureTold, ShareTold
from avatar_core.batch.told_render import ToldRender, write_preview
from avatar_core.errors import Cancelled
from avatar_core.recording.render_job import RenderJob


@pytest.fixture
def job(folder) -> RenderJob:
    return RenderJob(
        out=str(folder / "film.mp4"), avatar=str(folder / "ada.avatar"),
        drive=str(folder / "counting.take"), width=64, height=64, last_frame=29,
    )  # fmt: skip


def test_a_job_tells_how_far_it_is_and_how_long_it_takes(job, folder, drawing):
    events, now_s = [], [0.0]

    def clock() -> float:
        now_s[0] += 0.5
        return now_s[0]

    picture = folder / "preview.jpg"
    ToldRender(job, events.append, folder / "parts", picture, clock).run()

    shares = [event.share for event in events if isinstance(event, ShareTold)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    drawn = [each for each in events if isinstance(each, ShareTold) and each.phase == "drawing"]
    assert drawn[0].eta_s is None
    # At a steady pace what is left shrinks steadily.
    etas = [each.eta_s for each in drawn[5:25]]
    assert all(later < earlier for earlier, later in pairwise(etas))
    assert sum(isinstance(event, PictureTold) for event in events) > 3
    assert cv2.imread(str(picture)).shape == (64, 64, 3)
    assert events[-1] == FilmsTold((job.out,))


def test_a_job_that_is_stopped_goes_on(job, folder, drawing):
    def stop(event) -> None:
        if isinstance(event, ShareTold) and event.done >= 10:
            told.stop()

    told = ToldRender(job, stop, folder / "parts", clock=iter(range(10_000)).__next__)
    with pytest.raises(Cancelled):
        told.run()
    count = len(drawing.numbers)
    assert 10 <= count < 30
    events = []
    ToldRender(job, events.append, folder / "parts").run()
    assert drawing.numbers == list(range(30))
    assert events[-1] == FilmsTold((job.out,))


def test_previews_are_small_and_a_full_disk_keeps_the_old_one(tmp_path):
    path = tmp_path / "preview.jpg"
    image = np.zeros((400, 800, 4), np.uint8)
    image[..., 0] = 255
    write_preview(image, path)
    small = cv2.imread(str(path))
    assert small.shape == (160, 320, 3)
    assert small[80, 160, 2] > 240  # red, as OpenCV reads it
    write_preview(image, tmp_path / "missing" / "preview.jpg")


def test_the_command_renders_a_job_of_the_queue(job, folder, drawing, capsys):
    store = QueueStore(folder / "queue")
    queued = store.add(store.new_folder(), job, "Film")
    assert cli.main(["render-job", str(queued.folder), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1] == {"event": "films", "films": [job.out]}
    assert (queued.folder / PREVIEW).exists()
    (folder / "ada.avatar").unlink()
    assert cli.main(["render-job", str(queued.folder), "--json"]) == 2
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["event"] == "error"
    assert "ada.avatar" in told["message"]
    assert cli.main(["render-job", str(folder)]) == 2
    assert "job.json" in capsys.readouterr().err
