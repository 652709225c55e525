from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import av
import pytest

from avatar_core import cli
from avatar_core.batch import subjects
from avatar_core.batch.crew import WORKER_LOST, Answer, LoneCrew, PoolCrew
from avatar_core.batch.jobs_file import read_batch
from avatar_core.batch.run import run_batch
from avatar_core.errors import AssetError, Cancelled, DeviceError, RecordingError
from avatar_core.recording import room
from avatar_core.recording.ledger import Ledger
from tests.avatar_core.batch.conftest import numbers_in_film

if TYPE_CHECKING:
    from pathlib import Path

JOBS = """
defaults: {size: 64x64, drive: counting.take, avatar: ada.avatar}
chunk: 16
jobs: [{out: a.mp4}, {out: b.mp4, frames: 30-49}]
"""


@pytest.fixture
def batch(folder):
    return read_batch(JOBS.encode(), "jobs.yaml", folder)


def _delivered(ledger: Path) -> list[list[int]]:
    """The frames of each film as the ledger has taken them."""
    films: dict[str, list[int]] = {}
    for entry in Ledger(ledger).entries:
        if entry["kind"] == "chunk":
            span = range(entry["first"], entry["first"] + len(entry["frames"]))
            films.setdefault(entry["film"], []).extend(span)
    return [sorted(numbers) for numbers in films.values()]


def test_all_films_are_rendered(batch, folder, drawing):
    told = []
    report = run_batch(batch, folder / "ledger", told=told.append)
    assert numbers_in_film(folder / "a.mp4") == list(range(60))
    assert numbers_in_film(folder / "b.mp4") == list(range(30, 50))
    assert report.films == told
    assert [(film.frames, film.is_kept, film.error) for film in report.films] == [
        (60, False, None),
        (20, False, None),
    ]
    assert (report.frames_drawn, report.frames_refused, report.workers_lost) == (80, 0, 0)
    assert _delivered(folder / "ledger") == [list(range(60)), list(range(30, 50))]
    assert drawing.made == drawing.released
    assert not (folder / "ledger.parts").exists()


def test_a_batch_that_was_stopped_draws_only_what_is_missing(batch, folder, drawing):
    def stop(done, total):
        if done >= 32:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_batch(batch, folder / "ledger", progress=stop)
    with pytest.raises(RecordingError, match="was begun"):
        run_batch(batch, folder / "ledger")
    report = run_batch(batch, folder / "ledger", resume=True)
    assert report.frames_drawn == 48
    assert len(drawing.numbers) == 80
    assert _delivered(folder / "ledger") == [list(range(60)), list(range(30, 50))]
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_films_that_are_there_are_kept_and_damaged_ones_made_again(batch, folder, drawing):
    run_batch(batch, folder / "ledger")
    (folder / "b.mp4").write_bytes((folder / "b.mp4").read_bytes()[:-1])
    report = run_batch(batch, folder / "ledger", resume=True)
    assert [film.is_kept for film in report.films] == [True, False]
    assert report.frames_drawn == 20
    assert numbers_in_film(folder / "b.mp4") == list(range(30, 50))


def test_a_film_that_the_disk_cannot_hold_costs_a_few_frames_and_no_other(
    batch, folder, drawing, monkeypatch
):
    free = 10_000
    monkeypatch.setattr(room, "free_bytes", lambda _folder: free)

    def freed(film) -> None:
        nonlocal free
        free = 10**9

    report = run_batch(batch, folder / "ledger", told=freed)

    first, second = report.films
    assert "a.mp4 would take" in str(first.error)
    assert (second.error, second.frames) == (None, 20)
    assert numbers_in_film(folder / "b.mp4") == list(range(30, 50))
    assert report.frames_drawn == 25
    again = run_batch(batch, folder / "ledger", resume=True)
    assert again.frames_drawn == 55
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_a_place_that_cannot_be_taken_costs_its_film_alone(batch, folder, drawing):
    (folder / "a.mp4").mkdir()
    report = run_batch(batch, folder / "ledger")
    assert "is a folder" in str(report.films[0].error)
    assert report.films[1].frames == report.frames_drawn == 20


class FlakyCrew(LoneCrew):
    """Loses its worker on some answers."""

    def __init__(self, lost: set[int]) -> None:
        super().__init__()
        self._lost = lost
        self._answers = 0

    def answer(self):
        self._answers += 1
        answer = super().answer()
        if self._answers in self._lost:
            return Answer(answer.piece, error=WORKER_LOST, is_lost=True)
        return answer


def test_pieces_of_lost_workers_are_drawn_again_and_counted_once(batch, folder, drawing):
    report = run_batch(batch, folder / "ledger", FlakyCrew({1, 2, 5}))
    assert (report.workers_lost, report.retried, report.frames_drawn) == (3, 3, 80)
    assert not report.failed
    assert _delivered(folder / "ledger") == [list(range(60)), list(range(30, 50))]
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_a_worker_that_draws_too_little_is_asked_again(batch, folder, drawing):
    class Hasty(LoneCrew):
        answers = 0

        def answer(self):
            answer = super().answer()
            Hasty.answers += 1
            if Hasty.answers == 2:
                made = answer.made._replace(digests=answer.made.digests[:-1])
                return Answer(answer.piece, made)
            return answer

    report = run_batch(batch, folder / "ledger", Hasty())
    assert (report.retried, report.frames_drawn, report.frames_refused) == (1, 80, 0)
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_a_worker_without_room_for_a_piece_costs_its_film_alone(
    batch, folder, drawing, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "gone"))
    report = run_batch(batch, folder / "ledger")
    assert ["could not be saved" in str(film.error) for film in report.films] == [True, True]


def test_a_system_that_adds_files_to_folders_of_pictures_does_not_undo_them(folder, drawing):
    jobs = b"jobs: [{out: frames, format: png-8, size: 64x64, drive: counting.take,"
    jobs += b" avatar: ada.avatar, frames: 0-4}]"
    batch = read_batch(jobs, "jobs.yaml", folder)
    run_batch(batch, folder / "ledger")
    (folder / "frames" / ".DS_Store").write_bytes(b"where icons are")
    report = run_batch(batch, folder / "ledger", resume=True)
    assert [film.is_kept for film in report.films] == [True]


_LEFT_BEHIND = """
import os, signal, sys
from avatar_core.batch.crew import PoolCrew
from avatar_core.batch.worker import Piece
crew = PoolCrew(1)
crew.submit(Piece("film", {"out": ""}, 0, 1), b"")
crew.answer()
print(next(iter(crew._pool._processes)), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are asked for by signals")
def test_nobody_waits_for_work_of_a_batch_that_was_killed():
    words = [sys.executable, "-c", _LEFT_BEHIND]
    worker = int(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
    deadline_s = time.monotonic() + 30
    while _is_running(worker):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_piece_that_fails_too_often_costs_its_film_alone(folder, drawing):
    class Broken(LoneCrew):
        def answer(self):
            answer = super().answer()
            if answer.piece.first == 16:
                return Answer(answer.piece, error=DeviceError("Out of memory.", "Buy some."))
            return answer

    batch = read_batch(f"retries: 1\n{JOBS}".encode(), "jobs.yaml", folder)
    report = run_batch(batch, folder / "ledger", Broken())
    first, second = report.films
    assert first.error is not None
    assert first.error.message == "Out of memory."
    assert second.error is None
    assert report.retried == 1
    assert not (folder / "a.mp4").exists()
    assert numbers_in_film(folder / "b.mp4") == list(range(30, 50))
    again = run_batch(batch, folder / "ledger", resume=True)  # on a machine that has enough
    assert not again.failed
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_what_no_worker_can_read_is_not_tried_again(batch, folder, drawing):
    class Missing(LoneCrew):
        def answer(self):
            answer = super().answer()
            if answer.piece.first == 30:
                return Answer(answer.piece, error=AssetError("It is gone here."))
            return answer

    report = run_batch(batch, folder / "ledger", Missing())
    assert report.retried == 0
    assert [film.error and film.error.message for film in report.films] == [
        None,
        "It is gone here.",
    ]


@pytest.mark.slow
def test_what_is_missing_is_not_tried_again(folder, drawing):
    jobs = JOBS.replace("{out: b.mp4,", "{out: b.mp4, avatar: none.avatar,")
    report = run_batch(read_batch(jobs.encode(), "jobs.yaml", folder), folder / "ledger")
    assert [film.error is None for film in report.films] == [True, False]
    assert "none.avatar" in str(report.films[1].error)
    assert report.retried == 0


def test_a_damaged_piece_is_found_before_the_film_is_called_done(batch, folder, drawing):
    damaged = []

    def damage(done, total):
        for piece in (folder / "ledger.parts").glob("0000000-*.mkv"):
            if done == 48 and not damaged:
                data = bytearray(piece.read_bytes())
                data[len(data) // 2] ^= 255
                piece.write_bytes(data)
                damaged.append(piece)

    report = run_batch(batch, folder / "ledger", progress=damage)
    assert damaged
    assert not report.failed
    assert report.frames_drawn == 96  # the 16 of the damaged piece once more
    assert numbers_in_film(folder / "a.mp4") == list(range(60))


def test_the_command_tells_what_was_made(folder, drawing, capsys):
    (folder / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [film["frames"] for film in made["films"]] == [60, 20]
    assert made["frames_drawn"] == 80
    assert cli.main(["batch", str(folder / "jobs.yaml")]) == 2
    assert "--resume" in capsys.readouterr().err
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--resume"]) == 0
    assert "2 of 2 films are there, 0 frames drawn" in capsys.readouterr().out
    (folder / "ada.avatar").unlink()
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--resume"]) == 1
    assert "ada.avatar" in capsys.readouterr().err


def test_what_was_done_otherwise_than_asked_for_is_told(folder, drawing, capsys):
    jobs = JOBS.replace("64x64", "65x64").replace("{out: b.mp4, frames: 30-49}", "")
    (folder / "jobs.yaml").write_text(jobs, encoding="utf-8")
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--json"]) == 0
    said = capsys.readouterr()
    (film,) = json.loads(said.out)["films"]
    assert "66 x 64" in film["notices"][0]
    assert "66 x 64" in said.err


@pytest.mark.parametrize("workers", ["0", "x", "9999"])
def test_numbers_of_workers_that_cannot_be_are_refused(folder, capsys, workers):
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--workers", workers]) == 2


def test_without_ray_one_sentence_says_how_to_get_it(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    (folder / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    assert cli.main(["batch", str(folder / "jobs.yaml"), "--ray", "local"]) == 2
    said = capsys.readouterr().err
    assert "Ray is not installed" in said
    assert "pip install" in said


@pytest.mark.gl
@pytest.mark.slow
def test_a_killed_process_of_a_pool_costs_nothing_but_time(tmp_path):
    jobs = (
        b"defaults: {size: 64x64, show: portrait, portrait: 'demo:lena', drive: demo}\nchunk: 5\n"
    )
    jobs += b"jobs: [{out: a.mp4, frames: 0-79}]"

    class Killing(PoolCrew):
        killed = 0

        def answer(self):
            answer = super().answer()
            if answer.made is not None and not self.killed:
                self.killed = int(answer.made.worker.rpartition(":")[2])
                os.kill(self.killed, signal.SIGKILL)
            return answer

    crew = Killing(2)
    report = run_batch(read_batch(jobs, "jobs.yaml", tmp_path), tmp_path / "ledger", crew)
    assert crew.killed
    assert report.workers_lost >= 1
    assert not report.failed
    assert _delivered(tmp_path / "ledger") == [list(range(80))]
    with av.open(tmp_path / "a.mp4") as film:
        assert sum(1 for _ in film.decode(video=0)) == 80


def test_what_drives_several_avatars_is_read_once(folder, drawing, monkeypatch):
    read, real = [], subjects.posed_performance

    def counted(drive, *others):
        read.append(drive)
        return real(drive, *others)

    monkeypatch.setattr(subjects, "posed_performance", counted)
    shutil.copy(folder / "ada.avatar", folder / "eve.avatar")
    jobs = JOBS.replace("jobs: [{out: a.mp4},", "jobs: [{out: a.mp4, avatar: eve.avatar},")
    report = run_batch(read_batch(jobs.encode(), "jobs.yaml", folder), folder / "ledger")
    assert not report.failed
    assert read == [str(folder / "counting.take")]
