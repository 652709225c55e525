"""A cluster of two workers on this machine, of which one is killed midway."""

from __future__ import annotations

import os
import signal

import av
import pytest

from avatar_core.batch.jobs_file import read_batch
from avatar_core.batch.run import run_batch
from avatar_core.recording.ledger import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.gl, pytest.mark.timeout(600)]

pytest.importorskip("ray", reason='Ray is not installed; pip install "avatar-studio[ray]"')

_JOBS = b"""
defaults: {size: 96x96, show: portrait, drive: demo, out: "{portrait}.mp4"}
chunk: 6
matrix:
  portrait: ["demo:lena", "demo:kofi"]
  frames: [0-89]
"""


def test_every_frame_is_delivered_once_although_a_worker_is_killed(tmp_path):
    from avatar_core.batch.ray_crew import RayCrew

    class KillingCrew(RayCrew):
        """Kills the worker whose answer is the fourth, while it draws its next piece."""

        answers = 0
        killed = 0

        def answer(self):
            answer = super().answer()
            KillingCrew.answers += 1
            if KillingCrew.answers >= 4 and not KillingCrew.killed and answer.made is not None:
                KillingCrew.killed = int(answer.made.worker.rpartition(":")[2])
                os.kill(KillingCrew.killed, signal.SIGKILL)
            return answer

    batch = read_batch(_JOBS, "jobs.yaml", tmp_path)
    crew = KillingCrew("local", cpus=1, places=2)
    assert crew.places == 2

    report = run_batch(batch, tmp_path / "jobs.ledger", crew)

    assert [film.error for film in report.films] == [None, None]
    assert KillingCrew.killed
    assert report.workers_lost >= 1
    assert report.retried >= 1
    assert (report.frames_drawn, report.frames_refused) == (180, 0)
    assert len(report.workers) >= 2
    delivered: dict[str, list[int]] = {}
    for entry in Ledger(tmp_path / "jobs.ledger").entries:
        if entry["kind"] == "chunk":
            numbers = delivered.setdefault(entry["film"], [])
            numbers += range(entry["first"], entry["first"] + len(entry["frames"]))
    assert [sorted(numbers) for numbers in delivered.values()] == [list(range(90))] * 2
    for name in ("lena", "kofi"):
        with av.open(tmp_path / f"{name}.mp4") as film:
            assert sum(1 for _ in film.decode(video=0)) == 90
