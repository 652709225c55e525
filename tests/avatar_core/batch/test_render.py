from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import av
import numpy as np
import pytest

from avatar_core.batch import render
from avatar_core.batch.render import Phase, Watcher, render_job
from avatar_core.errors import AssetError, Cancelled, RecordingError, RenderError
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.take_file import save_take
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.recording import encoders, offline, room
from avatar_core.recording.ledger import Ledger
from avatar_core.recording.offline import RenderSettings, render_film
from avatar_core.recording.render_job import RenderJob, Shown
from tests.avatar_core.batch.conftest import numbers_in_film


@pytest.fixture
def job(folder) -> RenderJob:
    return RenderJob(
        out=str(folder / "film.mp4"), avatar=str(folder / "ada.avatar"),
        drive=str(folder / "counting.take"), width=64, height=64,
    )  # fmt: skip


def _no_encoder(*_name) -> None:
    raise ValueError("There is none.")


def _stopping(at: int, phase: Phase = Phase.DRAWING) -> Watcher:
    def heard(status) -> None:
        if status.phase is phase and status.done == at:
            raise Cancelled

    return Watcher(heard)


def test_a_job_becomes_a_film(job, folder, drawing):
    shares = []
    (report,) = render_job(job, lambda *step: shares.append(step), chunk_frames=16)
    assert report.frames == 60
    assert str(report.path) == job.out
    assert numbers_in_film(report.path) == list(range(60))
    assert drawing.numbers == list(range(60))
    assert (drawing.made, drawing.released) == (1, 1)
    assert shares == sorted(shares)
    assert shares[-1] == (1000, 1000)
    names = {path.name for path in folder.iterdir()}
    assert names == {"ada.avatar", "counting.take", "film.mp4"}


@pytest.mark.parametrize(
    "stop",
    [pytest.param(0, marks=pytest.mark.slow), pytest.param(16, marks=pytest.mark.slow), 25],
)
def test_a_film_that_was_stopped_goes_on_where_it_was(job, folder, drawing, stop):
    with pytest.raises(Cancelled):
        render_job(job, watcher=_stopping(stop), chunk_frames=16)
    assert not (folder / "film.mp4").exists()
    assert drawing.numbers == list(range(stop))
    assert drawing.made == drawing.released

    render_job(job, chunk_frames=16)

    assert drawing.numbers == list(range(60))
    assert numbers_in_film(folder / "film.mp4") == list(range(60))
    assert not (folder / "film.mp4.parts").exists()


@pytest.mark.slow
def test_stopping_while_it_is_encoded_draws_nothing_again(job, folder, drawing):
    with pytest.raises(Cancelled):
        render_job(job, watcher=_stopping(30, Phase.WRITING))
    render_job(job)
    assert len(drawing.numbers) == 60
    assert numbers_in_film(folder / "film.mp4") == list(range(60))


def test_a_slow_piece_ends_early(job, drawing, monkeypatch):
    monkeypatch.setattr(render, "_CHUNK_S", 0.0)
    with pytest.raises(Cancelled):
        render_job(job, watcher=_stopping(5), folder=f"{job.out}.kept")
    entries = Ledger(render.Path(f"{job.out}.kept") / render.LEDGER).entries
    assert [len(entry["frames"]) for entry in entries] == [1] * 5


def test_a_job_whose_files_changed_begins_anew(job, folder, drawing, small_avatar):
    with pytest.raises(Cancelled):
        render_job(job, watcher=_stopping(20))
    save_avatar(replace(small_avatar, name="Other"), folder / "ada.avatar")
    render_job(job)
    assert drawing.numbers == [*range(20), *range(60)]


def test_a_part_at_another_rate_keeps_picture_and_sound(job, folder, drawing):
    render_job(replace(job, first_frame=5, last_frame=14, fps=10.0), chunk_frames=4)
    with av.open(folder / "film.mp4") as film:
        sound = [frame.to_ndarray()[0] for frame in film.decode(audio=0)]
        rate_hz = film.streams.audio[0].rate
    assert numbers_in_film(folder / "film.mp4") == list(range(15, 45, 3))
    heard = np.concatenate(sound)
    # The film begins half a second into the take, which clicks after a second.
    assert np.argmax(np.abs(heard) > 0.1) / rate_hz == pytest.approx(0.5, abs=2e-3)
    assert len(heard) / rate_hz == pytest.approx(1.0, abs=0.03)


def test_a_damaged_piece_is_drawn_again(job, folder, drawing):
    with pytest.raises(Cancelled):
        render_job(job, watcher=_stopping(40), chunk_frames=10)
    pieces = sorted((folder / "film.mp4.parts").glob("*.mkv"))
    data = bytearray(pieces[1].read_bytes())
    data[len(data) // 2] ^= 255
    pieces[1].write_bytes(data)
    render_job(job, chunk_frames=10)
    assert drawing.numbers == [*range(40), *range(10, 20), *range(40, 60)]
    assert numbers_in_film(folder / "film.mp4") == list(range(60))


@pytest.mark.parametrize("error", [pytest.param(AssetError, marks=pytest.mark.slow), Cancelled])
def test_whoever_sees_a_picture_and_stops_keeps_what_was_drawn(job, folder, drawing, error):
    def stop(image) -> None:
        if len(drawing.numbers) == 25:
            raise error("It broke.")

    with pytest.raises(error):
        render_job(job, watcher=Watcher(seen=stop), chunk_frames=10)
    render_job(job, chunk_frames=10)
    assert drawing.numbers == list(range(60))
    assert numbers_in_film(folder / "film.mp4") == list(range(60))


def test_a_film_that_lacks_a_frame_is_not_called_done(job, drawing, monkeypatch):
    monkeypatch.setattr(render, "count_pictures", lambda _path: 59)
    with pytest.raises(RecordingError, match="59 frames instead of 60"):
        render_job(job)


def test_a_place_that_cannot_be_taken_is_told_before_anything_is_drawn(job, folder, drawing):
    (folder / "film.mp4").mkdir()
    with pytest.raises(RecordingError, match="is a folder"):
        render_job(job, folder=folder / "kept")
    assert not drawing.numbers
    (folder / "film.mp4").rmdir()
    assert render_job(replace(job, out=str(folder / "new" / "film.mp4"), last_frame=0))


@pytest.mark.parametrize("change", [{"format": "h265"}, {"out": "film.gif"}, {"out": "film.mov"}])
def test_a_film_that_cannot_be_encoded_here_is_told_before_anything_is_drawn(
    job, folder, drawing, monkeypatch, change
):
    monkeypatch.setattr(encoders.av.CodecContext, "create", _no_encoder)
    out = str(folder / change.get("out", "film.mp4"))
    with pytest.raises(RecordingError, match="encoder could be opened"):
        render_job(replace(job, **{**change, "out": out}))
    assert not drawing.numbers


def test_a_complete_film_that_cannot_take_its_place_says_where_it_is(
    job, folder, drawing, monkeypatch
):
    def in_use(_path, _target):
        raise PermissionError(13, "It is open elsewhere")

    monkeypatch.setattr(offline.Path, "replace", in_use)
    with pytest.raises(RecordingError, match="It is open elsewhere") as caught:
        render_film(
            Take.from_frames("still", [MotionFrame()], 25.0), folder / "film.mp4",
            RenderSettings(64, 64), lambda times: (np.zeros((64, 64, 3), np.uint8) for _ in times),
        )  # fmt: skip
    assert "film.partial.mp4" in caught.value.hint
    assert (folder / "film.partial.mp4").is_file()


@pytest.mark.gl
def test_pictures_beyond_the_graphics_card_are_told(tmp_path):
    job = RenderJob(
        out=str(tmp_path / "film.mp4"), avatar="demo", drive="demo", width=8192, height=16,
        supersample=4, last_frame=0,
    )  # fmt: skip
    with pytest.raises(RenderError, match="32768 x 64"):
        render_job(job)


def test_a_film_that_the_disk_cannot_hold_is_told_after_a_few_frames(
    job, folder, drawing, monkeypatch
):
    free = 10_000
    monkeypatch.setattr(room, "free_bytes", lambda _folder: free)
    with pytest.raises(RecordingError, match=r"film\.mp4 would take .* are free"):
        render_job(job)
    probed = [6, 18, 30, 42, 54]
    assert drawing.numbers == probed
    assert not (folder / "film.mp4").exists()
    free = 10**9
    render_job(job)
    assert drawing.numbers == [*probed, *(each for each in range(60) if each not in probed)]
    assert numbers_in_film(folder / "film.mp4") == list(range(60))


def test_a_film_that_fits_when_it_is_packed_is_drawn_once(job, folder, drawing, monkeypatch):
    monkeypatch.setattr(room, "free_bytes", lambda _folder: 60 * 64 * 64 * 3)
    render_job(job)
    assert drawing.numbers[:5] == [6, 18, 30, 42, 54]
    assert sorted(drawing.numbers) == list(range(60))
    assert numbers_in_film(folder / "film.mp4") == list(range(60))


def test_transparent_pictures_stay_so(job, folder, drawing):
    film = replace(job, out=str(folder / "film.mov"), background="transparent", last_frame=3)
    render_job(film)
    assert all(scene.transparent for scene in drawing.scenes)
    with av.open(folder / "film.mov") as made:
        assert "a" in made.streams.video[0].format.name
        assert sum(1 for _ in made.decode(video=0)) == 4


@pytest.mark.slow
def test_frames_become_files(job, folder, drawing):
    out = folder / "frames"
    (report,) = render_job(replace(job, out=str(out), format="png-8", last_frame=4))
    assert report.frames == 5
    assert len(list(out.glob("*.png"))) == 5


@pytest.mark.gl
@pytest.mark.parametrize(
    "shown", [pytest.param(Shown.SIDE_BY_SIDE, marks=pytest.mark.slow), Shown.TWO_FILES]
)
def test_an_avatar_and_a_portrait_in_one_film_or_two(job, folder, drawing, shown):
    both = replace(job, shown=shown, portrait="demo:lena", last_frame=2)
    reports = render_job(both)
    sizes = []
    for report in reports:
        with av.open(report.path) as film:
            stream = film.streams.video[0]
            sizes.append((report.path.name, stream.width, stream.height, stream.frames))
    expected = {
        Shown.SIDE_BY_SIDE: [("film.mp4", 128, 64, 3)],
        Shown.TWO_FILES: [("film.mp4", 64, 64, 3), ("film portrait.mp4", 64, 64, 3)],
    }
    assert sizes == expected[shown]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drive": ""}, "Nothing drives"),
        ({"avatar": "missing.avatar"}, "missing.avatar"),
        ({"take": "x", "drive": ""}, "no take 'x'"),
        ({"take": "x"}, "both a take"),
        ({"last_frame": 60}, "frames 0-60"),
        ({"shown": Shown.PORTRAIT}, "no portrait"),
        ({"paint": "missing.studio"}, "missing.studio"),
    ],
)
def test_what_is_missing_is_said(job, drawing, change, words):
    with pytest.raises((AssetError, RecordingError)) as caught:
        render_job(replace(job, **change))
    assert words in caught.value.message


_KILLED = """
import sys
from avatar_core.batch.render import Watcher, render_job
from avatar_core.recording.render_job import RenderJob
def heard(status):
    print(status.done, flush=True)
render_job(RenderJob(out=sys.argv[1], portrait="demo:lena", shown="portrait", drive="demo",
                     width=64, height=64, last_frame=400), watcher=Watcher(heard), chunk_frames=5)
"""


@pytest.mark.gl
@pytest.mark.slow
def test_who_is_killed_goes_on_at_the_last_whole_piece(tmp_path):
    out = tmp_path / "film.mp4"
    command = [sys.executable, "-c", _KILLED, str(out)]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            first = int(running.stdout.readline())
            for line in running.stdout:
                if int(line) >= first + 23:
                    os.kill(running.pid, signal.SIGKILL)
                    break
        entries = Ledger(tmp_path / "film.mp4.parts" / render.LEDGER).entries
        done = sum(len(entry["frames"]) for entry in entries)
        assert first + 20 <= done <= first + 30
    subprocess.run(command, check=True, capture_output=True)
    with av.open(out) as film:
        assert sum(1 for _ in film.decode(video=0)) == 401


@pytest.mark.slow
@pytest.mark.parametrize("fps", [30000 / 1001, 30.0])
def test_picture_and_sound_stay_together_for_ten_minutes(tmp_path, fps):
    """Flashes and beeps every 30 seconds, found again in the decoded film."""
    rate_hz, seconds = 48_000, 600
    sound = np.zeros((seconds * rate_hz, 1), np.float32)
    beep = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 10) / rate_hz)
    moments = [float(at) for at in range(1, seconds, 30)] + [599.0]
    for moment in moments:
        start = round(moment * rate_hz)
        sound[start : start + len(beep), 0] = beep
    motion = [MotionFrame(time_s=0.0), MotionFrame(time_s=seconds - 1 / fps)]
    take = Take.from_frames("long", motion, fps, TakeAudio(sound, rate_hz))
    dark, light = (np.full((64, 64, 3), shade, np.uint8) for shade in (16, 235))

    def pictures(times_s):
        for time_s in times_s:
            # The frame nearest to a moment is light: half a frame is what a rate can miss it by.
            yield light if any(abs(time_s - at) <= 0.5 / fps for at in moments) else dark

    report = render_film(take, tmp_path / "long.mp4", RenderSettings(64, 64), pictures)

    frames = round(seconds * fps)
    assert report.frames == frames
    flashes, beeps, count, pieces = [], [], 0, []
    with av.open(tmp_path / "long.mp4") as film:
        for frame in film.decode(video=0):
            count += 1
            if frame.to_ndarray(format="gray8").mean() > 128:
                flashes.append(float(frame.pts * frame.time_base))
    with av.open(tmp_path / "long.mp4") as film:
        rate = film.streams.audio[0].rate
        for frame in film.decode(audio=0):
            if not pieces:
                start_s = float(frame.pts * frame.time_base)
            pieces.append(frame.to_ndarray()[0])
    heard = np.abs(np.concatenate(pieces)) > 0.2
    for moment in moments:
        begin = round((moment - 0.5 - start_s) * rate)
        beeps.append(begin / rate + start_s + np.argmax(heard[begin:]) / rate)
    assert count == frames
    assert len(flashes) == len(moments)
    offsets = np.array(flashes) - np.array(beeps)
    assert np.abs(offsets).max() <= 1 / fps
    assert abs(offsets[-1] - offsets[0]) <= 1 / fps


def test_the_take_itself_may_be_silent_and_short(folder, drawing, job):
    save_take(Take.from_frames("still", [MotionFrame()], 25.0), folder / "still.take")
    (report,) = render_job(replace(job, drive=str(folder / "still.take")))
    assert report.frames == 1
