from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from app.panels.render_queue import RenderQueuePanel, words_of
from avatar_core.batch.queue_store import JobState, QueuedJob
from avatar_core.batch.render_events import ShareTold
from avatar_core.errors import RecordingError
from avatar_core.recording.render_job import RenderJob


@pytest.fixture
def panel(qtbot):
    action = QAction("Render take …")
    panel = RenderQueuePanel(action)
    qtbot.addWidget(panel)
    panel.triggered = []
    action.triggered.connect(lambda: panel.triggered.append(1))
    panel.action = action
    return panel


@pytest.fixture
def jobs(tmp_path):
    moment = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    jobs = []
    for at, state in enumerate(JobState):
        job = RenderJob(out=f"/films/{at}.mp4", width=640, height=360, fps=25.0)
        error = RecordingError("It broke.", "Mend it.") if state is JobState.FAILED else None
        folder = tmp_path / str(at)
        folder.mkdir()
        jobs.append(QueuedJob(str(at), folder, f"Film {at}", moment, job, state, 0.5, error))
    return jobs


def _visible(row) -> set[str]:
    names = ("pause", "resume", "progress")
    return {name for name in names if not getattr(row, name).isHidden()}


def test_every_state_says_what_it_is_and_what_can_be_done(panel, jobs):
    panel.show_jobs(jobs)
    offered = {job.state: _visible(panel.row(job.id)) for job in jobs}
    assert offered == {
        JobState.WAITING: {"pause"},
        JobState.RUNNING: {"pause", "progress"},
        JobState.PAUSED: {"resume", "progress"},
        JobState.DONE: set(),
        JobState.FAILED: {"resume"},
    }
    assert panel.row("4").status.text() == "It broke. Mend it."
    assert panel.row("2").status.text() == "Paused at 50 %"
    assert "640 x 360, 25 fps" in panel.row("0").about.text()
    assert "as it was on" in words_of(jobs[0]).about
    assert not panel.row("0").up.isEnabled()
    assert not panel.row("4").down.isEnabled()
    assert not panel.resume_all.isHidden()
    assert not panel.clear.isHidden()


def test_progress_is_told_with_the_time_that_is_left(panel, jobs):
    panel.show_jobs(jobs)
    row = panel.row("1")
    row.show_share(ShareTold(0.25, "drawing", 30, 120, 90.0))
    assert row.status.text() == "Drawing 30 of 120, 2 min left"
    assert row.progress.value() == 250
    row.show_stopping()
    assert row.status.text() == "Pausing …"
    assert not row.pause.isEnabled()


def test_the_latest_picture_is_shown(panel, jobs):
    panel.show_jobs(jobs)
    row = panel.row("1")
    before = row.picture.pixmap().size()
    cv2.imwrite(str(jobs[1].preview), np.full((90, 160, 3), 200, np.uint8))
    row.show_picture()
    assert row.picture.pixmap().size() != before
    jobs[1].preview.write_bytes(b"no picture")
    row.show_picture()
    assert row.picture.pixmap().size() == before


def test_buttons_ask_for_what_they_say(qtbot, panel, jobs):
    panel.show_jobs(jobs)
    asked = []
    panel.pause_requested.connect(lambda job: asked.append(("pause", job)))
    panel.resume_requested.connect(lambda job: asked.append(("resume", job)))
    panel.move_requested.connect(lambda job, by: asked.append(("move", job, by)))
    panel.remove_requested.connect(lambda job: asked.append(("remove", job)))
    panel.folder_requested.connect(lambda job: asked.append(("folder", job)))
    for job, button in (("1", "pause"), ("2", "resume"), ("1", "up"), ("1", "down"),
                        ("3", "folder"), ("4", "remove")):  # fmt: skip
        qtbot.mouseClick(getattr(panel.row(job), button), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert asked == [
        ("pause", "1"), ("resume", "2"), ("move", "1", -1), ("move", "1", 1), ("folder", "3"),
        ("remove", "4"),
    ]  # fmt: skip
    assert panel.triggered == [1]


def test_rows_stay_while_their_jobs_do(panel, jobs):
    panel.show_jobs(())
    assert not panel.empty.isHidden()
    panel.show_jobs(jobs)
    row = panel.row("1")
    panel.show_jobs([replace(job, share=0.75) for job in jobs])
    assert panel.row("1") is row
    assert row.progress.value() == 750
    panel.show_jobs(jobs[:1])
    assert panel.row("1") is None
    assert panel.empty.isHidden()
