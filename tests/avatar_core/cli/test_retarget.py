from __future__ import annotations

import json

import numpy as np
import pytest

from avatar_core import cli
from avatar_core.io import flame_sources, flame_takes
from avatar_core.io.flame_sequence import read_flame_sequence
from avatar_core.io.take_file import save_take
from avatar_core.motion import MotionFrame, Take
from avatar_core.recording import flame_film
from avatar_core.recording.flame_film import FilmFit


@pytest.fixture
def take_path(tmp_path):
    frames = [MotionFrame.from_units(time_s=index / 10, jawOpen=index / 10) for index in range(10)]
    path = tmp_path / "count.take"
    save_take(Take.from_frames("count", frames, 10.0), path)
    return path


@pytest.fixture
def own_flame(monkeypatch, open_flame_head):
    """Stands in for the user's own FLAME files."""
    monkeypatch.setattr(flame_takes, "head_of_motion", lambda head: open_flame_head)
    return open_flame_head


def test_a_take_becomes_a_sequence_by_the_map(tmp_path, capsys, take_path, own_flame):
    out = tmp_path / "motion.npz"

    assert cli.main(["retarget", str(take_path), "--out", str(out), "--offsets", "--json"]) == 0

    made = json.loads(capsys.readouterr().out)
    assert (made["frames"], made["how"], made["expressions"]) == (10, "map", 50)
    sequence = read_flame_sequence(out)
    assert (np.diff(sequence.joints[:, 2, 0]) > 0.03).all()
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["dynamic_offset"].shape == (10, 5143, 3)


def test_a_film_is_fitted_unless_the_map_is_wanted(
    tmp_path, capsys, monkeypatch, take_path, own_flame
):
    take = Take.from_frames("one", [MotionFrame(), MotionFrame(time_s=0.1)], 10)
    sequence = flame_takes.flame_from_take(take, own_flame)
    asked = []

    def fitted(drive, head, progress):
        asked.append((drive, head))
        return FilmFit(sequence, take, 2, 0.0004)

    monkeypatch.setattr(flame_film, "flame_from_film", fitted)

    assert cli.main(["retarget", "me.mp4", "--out", str(tmp_path / "a.npz")]) == 0

    assert asked == [("me.mp4", own_flame)]
    assert "2 frames with 50 expressions, by the fit" in capsys.readouterr().out
    status = cli.main(["retarget", "me.mp4", "--how", "map", "--out", str(tmp_path / "b.npz")])
    assert status == 2  # the film is looked for, and is not there
    assert "me.mp4" in capsys.readouterr().err


def test_what_has_no_face_cannot_be_fitted(tmp_path, capsys, take_path):
    arguments = ["retarget", str(take_path), "--how", "fit", "--out", str(tmp_path / "a.npz")]

    assert cli.main(arguments) == 2

    assert "no face to fit" in capsys.readouterr().err


def test_avatars_without_flame_are_refused(tmp_path, capsys, take_path):
    arguments = ["retarget", str(take_path), "--avatar", "demo", "--out", str(tmp_path / "a.npz")]

    assert cli.main(arguments) == 2

    assert "no FLAME head" in capsys.readouterr().err


def test_without_flame_files_it_says_what_is_missing(tmp_path, capsys, monkeypatch, take_path):
    monkeypatch.setattr(flame_sources, "flame_folder", lambda: tmp_path)

    assert cli.main(["retarget", str(take_path), "--out", str(tmp_path / "a.npz")]) == 2

    assert "FLAME head needs files" in capsys.readouterr().err
