from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.cli.posed import posed_performance
from avatar_core.errors import AssetError
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io.flame_sequence import write_flame_sequence
from avatar_core.motion import MotionFrame, Take
from avatar_core.project import Project
from avatar_core.recording import flame_film, performance
from avatar_core.recording.flame_film import FilmFit


@pytest.fixture
def flame_avatar(small_avatar, open_flame_head):
    return replace(small_avatar, head=open_flame_head)


@pytest.fixture
def sequence():
    joints = np.zeros((3, 5, 3), np.float32)
    joints[:, 2, 0] = (0, 0.1, 0.2)
    return FlameSequence(
        np.zeros(300, np.float32), np.zeros((3, 100), np.float32), joints,
        np.zeros((3, 3), np.float32), np.arange(3) / 10,
    )  # fmt: skip


def test_a_sequence_is_followed_exactly(tmp_path, flame_avatar, sequence):
    path = tmp_path / "motion.npz"
    write_flame_sequence(sequence, path)

    take, poses = posed_performance(str(path), None, flame_avatar, fitted=False)

    assert len(take) == 3
    assert take.name == "motion"
    np.testing.assert_array_equal(poses.joints, sequence.joints)
    assert poses.expression.shape == (3, 50)  # as many as the head has


def test_projects_and_other_heads_go_by_weights(
    tmp_path, monkeypatch, small_avatar, flame_avatar, sequence, open_flame_head
):
    path = tmp_path / "motion.npz"
    write_flame_sequence(sequence, path)
    monkeypatch.setattr(performance, "head_of_motion", lambda: open_flame_head)

    for project, avatar in ((None, small_avatar), (Project(name="p"), flame_avatar)):
        take, poses = posed_performance(str(path), project, avatar, fitted=False)
        assert len(take) == 3
        assert poses is None


def test_films_are_fitted_when_asked_for(monkeypatch, flame_avatar, sequence):
    take = Take.from_frames("film", [MotionFrame()], 30)
    monkeypatch.setattr(
        flame_film, "flame_from_film", lambda *_, progress: FilmFit(sequence, take, 3, 0.001)
    )

    assert posed_performance("me.mp4", None, flame_avatar, fitted=True) == (take, sequence)


@pytest.mark.parametrize("drive", [None, "me.mp4"])
def test_what_cannot_be_fitted_is_said(drive, small_avatar, flame_avatar):
    avatar = flame_avatar if drive is None else small_avatar

    with pytest.raises(AssetError, match="FLAME head"):
        posed_performance(drive, None, avatar, fitted=True)
