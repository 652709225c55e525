from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, RecordingError
from avatar_core.io.flame_sequence import write_flame_sequence
from avatar_core.io.flame_takes import flame_from_take
from avatar_core.io.images import image_to_png
from avatar_core.io.live_link_csv import save_live_link_csv
from avatar_core.io.take_file import save_take
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    GroupSettings,
    MixerSettings,
    MotionFrame,
    Take,
    TakeAudio,
)
from avatar_core.project.model import Expression, Project, take_source
from avatar_core.recording import performance as performances
from avatar_core.recording.performance import (
    Direction,
    load_performance,
    performance_of_project,
    performed_from_film,
)


@pytest.fixture
def take() -> Take:
    frames = [
        MotionFrame.from_units(time_s=index / 30, jawOpen=0.5 + 0.4 * np.sin(index / 5))
        for index in range(40)
    ]
    audio = TakeAudio(np.zeros((4800, 1), np.float32), 48000)
    return Take.from_frames("spoken", frames, 30.0, audio, audio_offset_s=0.1)


def test_a_take_file_is_performed_unchanged(tmp_path, take):
    save_take(take, tmp_path / "spoken.take")

    performance = load_performance(str(tmp_path / "spoken.take"))

    np.testing.assert_allclose(performance.weights, take.weights, atol=1e-6)
    np.testing.assert_allclose(performance.times_s, take.times_s)
    assert performance.audio.duration_s == pytest.approx(0.1)
    assert performance.audio_offset_s == pytest.approx(0.1)
    assert performance.fps == 30


def test_a_live_link_table_is_performed_too(tmp_path, take):
    save_live_link_csv(take, tmp_path / "spoken.CSV")

    performance = load_performance(f"file:{tmp_path / 'spoken.CSV'}")

    np.testing.assert_allclose(performance.weights, take.weights, atol=1e-3)


def test_sliders_are_added_to_a_take(tmp_path, take):
    save_take(take, tmp_path / "spoken.take")
    direction = Direction(sliders=MotionFrame.from_units(browInnerUp=0.3))

    performance = load_performance(str(tmp_path / "spoken.take"), direction)

    np.testing.assert_allclose(performance.weights[:, 43], 0.3, atol=1e-6)


def test_a_film_is_mixed_like_a_live_face(take):
    muted = GroupSettings(muted=True)
    mixer = MixerSettings().with_group(ChannelGroup.JAW, muted)

    performance = performed_from_film(take, Direction(mixer))

    assert not performance.weights[:, 17].any()


def test_the_rest_of_a_film_is_taken_off_unless_a_neutral_is_known():
    frames = [
        MotionFrame(
            time_s=index / 30,
            weights=MotionFrame.from_units(browDownLeft=0.5).weights,
            head_translation=np.array([0, 0, -0.4], np.float32),
        )
        for index in range(90)
    ]
    film = Take.from_frames("film", frames, 30.0)

    estimated = performed_from_film(film, Direction())
    known = performed_from_film(
        film, Direction(MixerSettings(profiles={"film": DriverProfile(MotionFrame())}))
    )

    assert np.abs(estimated.weights).max() < 1e-6
    assert np.abs(estimated.head_translation).max() < 1e-6
    assert known.weights.max() == pytest.approx(0.5)


def test_a_project_performs_its_active_take_with_its_sliders(take):
    other = Take.from_frames("other", [MotionFrame()], 30.0)
    project = Project(
        takes={take.id: take, other.id: other},
        active_take=take.id,
        source=take_source(other.id),
        expression=Expression().with_weight("tongueOut", 0.25),
    )

    performance = performance_of_project(project)

    assert len(performance) == len(take)
    np.testing.assert_allclose(performance.weights[:, 51], 0.25, atol=1e-6)
    project.active_take = None
    assert len(performance_of_project(project)) == 1


def test_numbered_pictures_drive_a_project_with_the_rest_that_is_known_of_them(
    take, tmp_path, monkeypatch
):
    asked = []

    def film(drive, tracker, progress):
        asked.append(drive)
        return take

    monkeypatch.setattr(performances, "take_from_film", film)
    source = f"sequence:{tmp_path}?fps=25"
    rest = DriverProfile(neutral=MotionFrame.from_units(jawOpen=0.25))
    plain = MixerSettings().with_profile(f"sequence:{tmp_path}?fps=30", rest)

    known = performance_of_project(Project(source=source, mixer=plain))
    unknown = performance_of_project(Project(source=source))

    assert asked == [source, source]
    assert np.abs(known.weights - unknown.weights).max() > 0.05


@pytest.mark.parametrize("source", ["sliders", "camera:0", "take:gone"])
def test_a_project_without_a_take_is_said_so(source):
    with pytest.raises(RecordingError, match="no take to render") as caught:
        performance_of_project(Project(source=source))

    assert "--drive" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("missing.take", None, AssetError),
        ("broken.take", b"no zip", AvatarError),
        ("broken.csv", b"no table", AssetError),
        ("voice.wav", b"RIFF", AssetError),
        ("broken.mp4", b"no film", AssetError),
        ("empty.png", b"", AssetError),
    ],
)
def test_what_drives_nothing_is_refused_in_a_sentence(tmp_path, name, content, kind):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(kind) as caught:
        load_performance(str(tmp_path / name))

    assert name in caught.value.message
    assert caught.value.hint


def test_a_photograph_drives_with_its_smile(tmp_path):
    data = pytest.importorskip("skimage.data")
    (tmp_path / "astronaut.png").write_bytes(image_to_png(data.astronaut()))

    performance = load_performance(str(tmp_path / "astronaut.png"))

    held = performance.frame_at(1.0)
    assert held.weight("mouthSmileLeft") > 0.4
    assert held.weight("mouthSmileRight") > 0.4
    assert held.weight("jawOpen") < 0.2
    # The camera stood straight in front of her, and her distance to it is not the avatar's.
    assert np.abs(held.head_rotation).max() < 0.5
    assert np.abs(held.head_translation).max() < 1e-3


def test_a_flame_sequence_drives_by_the_users_own_flame(tmp_path, monkeypatch, open_flame_head):
    path = tmp_path / "motion.npz"
    frames = [MotionFrame.from_units(time_s=index / 10, jawOpen=index / 10) for index in range(8)]
    take = Take.from_frames("count", frames, 10.0)
    write_flame_sequence(flame_from_take(take, open_flame_head), path)
    monkeypatch.setattr(performances, "head_of_motion", lambda: open_flame_head)

    driven = load_performance(str(path))

    assert driven.name == "motion"
    np.testing.assert_allclose(driven.weights[:, 17], take.weights[:, 17], atol=0.05)
