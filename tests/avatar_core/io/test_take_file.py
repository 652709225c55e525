from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io.take_file import (
    load_take,
    samples_of,
    save_take,
    take_from_bytes,
    take_to_bytes,
)
from avatar_core.motion import (
    NO_CORRECTIONS,
    UNIT_INDEX,
    Corrections,
    Key,
    Marker,
    MotionFrame,
    Take,
    TakeAudio,
    Timecode,
)

ARRAYS = ("times_s", "weights", "head_rotation", "head_translation", "gaze", "confidence")


def random_take(audio: TakeAudio | None = None, with_gaze: bool = True) -> Take:
    rng = np.random.default_rng(0)
    frames = [
        MotionFrame(
            time_s=0.033 * index,
            weights=rng.uniform(0, 1, 52).astype(np.float32),
            head_rotation=rng.normal(0, 1, 3).astype(np.float32),
            head_translation=rng.normal(0, 1, 3).astype(np.float32),
            gaze=rng.normal(0, 1, (2, 2)).astype(np.float32) if with_gaze else None,
            confidence=float(np.float32(rng.random())),
        )
        for index in range(20)
    ]
    return Take.from_frames("Grüße 1", frames, 30, audio, audio_offset_s=-0.125)


def pcm_audio(channels: int = 1) -> TakeAudio:
    rng = np.random.default_rng(1)
    pcm = rng.integers(-32768, 32768, (400, channels)).astype(np.int16)
    return TakeAudio(pcm.astype(np.float32) / 32768, 16000)


def assert_equal(first: Take, second: Take) -> None:
    assert (first.id, first.name, first.fps, first.audio_offset_s) == (
        second.id, second.name, second.fps, second.audio_offset_s,
    )  # fmt: skip
    for name in ARRAYS:
        before, after = getattr(first, name), getattr(second, name)
        if before is None:
            assert after is None
        else:
            assert after.dtype == before.dtype
            assert np.array_equal(before, after)
    assert (first.audio is None) == (second.audio is None)
    if first.audio is not None and second.audio is not None:
        assert first.audio.rate_hz == second.audio.rate_hz
        assert second.audio.samples.dtype == np.float32
        assert np.array_equal(first.audio.samples, second.audio.samples)


@pytest.mark.parametrize("with_gaze", [True, False])
@pytest.mark.parametrize("channels", [0, 1, 2])
def test_loading_gives_back_what_was_saved(tmp_path: Path, with_gaze: bool, channels: int) -> None:
    take = random_take(pcm_audio(channels) if channels else None, with_gaze)
    save_take(take, tmp_path / "a.take")
    assert_equal(take, load_take(tmp_path / "a.take"))


def test_sixteen_bit_sound_becomes_a_plain_wav() -> None:
    with zipfile.ZipFile(io.BytesIO(take_to_bytes(random_take(pcm_audio())))) as archive:
        assert archive.read("audio.wav")[:4] == b"RIFF"


def test_finer_sound_is_kept_exactly() -> None:
    samples = np.random.default_rng(2).uniform(-1, 1, (300, 2)).astype(np.float32)
    take = random_take(TakeAudio(samples, 48000))
    assert_equal(take, take_from_bytes(take_to_bytes(take)))


def test_sound_beyond_full_scale_is_kept_exactly() -> None:
    take = random_take(TakeAudio(np.full((4, 1), 1.5, np.float32), 8000))
    assert_equal(take, take_from_bytes(take_to_bytes(take)))


def test_empty_sound_is_kept() -> None:
    take = random_take(TakeAudio(np.zeros((0, 1), np.float32), 8000))
    assert_equal(take, take_from_bytes(take_to_bytes(take)))


def test_same_take_gives_the_same_bytes() -> None:
    take = random_take(pcm_audio())
    assert take_to_bytes(take) == take_to_bytes(take)


def test_failed_save_keeps_the_old_file(tmp_path: Path) -> None:
    save_take(random_take(), tmp_path / "a.take")
    before = (tmp_path / "a.take").read_bytes()
    with pytest.raises(AssetError, match="does not exist"):
        save_take(random_take(), tmp_path / "missing" / "a.take")
    assert (tmp_path / "a.take").read_bytes() == before


def repacked(**replaced: bytes | None) -> bytes:
    """A good take's archive with members replaced (`arrays_npz=...`) or, with None, left out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(take_to_bytes(random_take(pcm_audio())))) as old,
        zipfile.ZipFile(buffer, "w") as new,
    ):
        for name in old.namelist():
            data = replaced.get(name.replace(".", "_"), old.read(name))
            if data is not None:
                new.writestr(name, data)
    return buffer.getvalue()


def manifest(**changes: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(take_to_bytes(random_take(pcm_audio())))) as archive:
        content = json.loads(archive.read("manifest.json"))
    return json.dumps({**content, **changes}).encode()


def npz(**changes: np.ndarray) -> bytes:
    take = random_take(pcm_audio())
    arrays = {f"take.{name}": getattr(take, name) for name in ARRAYS}
    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays, **{f"take.{name}": value for name, value in changes.items()}})
    return buffer.getvalue()


def test_files_of_the_first_release_still_open() -> None:
    take = load_take(Path(__file__).parents[2] / "data" / "take_v1.take")
    assert (take.id, take.name, take.fps) == ("first-release", "First", 30)
    assert take.times_s == pytest.approx([0, 1 / 30, 2 / 30])
    assert take.frame(2).weight("jawOpen") == pytest.approx(0.5)
    assert take.gaze is not None
    assert take.audio is not None
    assert take.audio.samples.shape == (4, 1)
    assert take.audio.samples[1, 0] == 0.25


def test_files_without_notes_get_none() -> None:
    take = load_take(Path(__file__).parents[2] / "data" / "take_v1.take")
    assert take.markers == ()
    assert take.timecode is None
    assert take.corrections == NO_CORRECTIONS


def test_files_of_version_2_still_open() -> None:
    take = load_take(Path(__file__).parents[2] / "data" / "take_v2.take")
    assert take.markers == (Marker(0.05, "Smile"),)
    assert take.timecode == Timecode.parse("10:20:30:12", 30)
    assert take.corrections == Corrections({"jawOpen": (Key(0.0, 0.0), Key(0.05, 0.25))})
    assert take.weights[0, UNIT_INDEX["jawOpen"]] == 0.5
    assert take.frame(0).weight("jawOpen") == 0.5
    assert take.frame_at(0.05).weight("jawOpen") == 0.75


def test_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"gone\.take was not found\."):
        load_take(tmp_path / "gone.take")


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 100])
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(AvatarError):
        take_from_bytes(data)


def test_every_truncation_is_refused() -> None:
    data = take_to_bytes(random_take())
    for length in range(0, len(data) - 1, 97):
        with pytest.raises(AvatarError):
            take_from_bytes(data[:length])


def test_newer_version_is_refused_in_words() -> None:
    with pytest.raises(ProjectFormatError, match="newer release"):
        take_from_bytes(repacked(manifest_json=manifest(version=3)))


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest_json": None},
        {"manifest_json": manifest(format="something-else")},
    ],
)
def test_other_archives_are_not_takes(changes: dict[str, bytes | None]) -> None:
    with pytest.raises(ProjectFormatError, match="is not a take"):
        take_from_bytes(repacked(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest_json": b"[1]"},
        {"manifest_json": b"{"},
        {"manifest_json": manifest(version="1")},
        {"manifest_json": manifest(fps=0)},
        {"manifest_json": manifest(fps="30")},
        {"manifest_json": manifest(name=None)},
        {"manifest_json": manifest(audio_rate_hz=-1)},
        {"manifest_json": manifest(markers=[{"time_s": "0", "name": ""}])},
        {"manifest_json": manifest(markers=[{"time_s": t, "name": ""} for t in (2, 1)])},
        {"manifest_json": manifest(timecode={"frames": -1, "base": 30})},
        {"manifest_json": manifest(timecode={"frames": 1, "base": 0})},
        {"manifest_json": manifest(corrections={"channels": ["jawOpen"], "is_bypassed": False})},
        {"manifest_json": manifest(corrections={"channels": [""], "is_bypassed": False})},
        {"manifest_json": manifest(corrections={"channels": [], "is_bypassed": 1})},
        {"arrays_npz": None},
        {"arrays_npz": b"garbage"},
        {"arrays_npz": npz(weights=np.zeros((20, 51), np.float32))},
        {"arrays_npz": npz(weights=np.full((20, 52), np.nan, np.float32))},
        {"arrays_npz": npz(weights=np.zeros((19, 52), np.float32))},
        {"arrays_npz": npz(times_s=np.zeros(20))},
        {"arrays_npz": npz(confidence=np.full(20, 2, np.float32))},
        {"arrays_npz": npz(gaze=np.zeros((20, 4), np.float32))},
        {"arrays_npz": npz(times_s=np.array([{}] * 20))},
        {"audio_wav": b""},
        {"audio_wav": b"RIFF____WAVE"},
        {"audio_wav": None},
    ],
)
def test_damage_is_one_sentence(changes: dict[str, bytes | None]) -> None:
    with pytest.raises(AvatarError) as caught:
        take_from_bytes(repacked(**changes), "song.take")
    assert "song.take" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")


def test_damaged_bytes_are_refused_or_change_nothing() -> None:
    take = random_take(pcm_audio())
    data = take_to_bytes(take)
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data)
        for position in rng.integers(0, len(data), 4):
            damaged[position] ^= rng.integers(1, 256)
        try:
            read = take_from_bytes(bytes(damaged))
        except AvatarError:
            refused += 1
        else:
            assert_equal(take, read)  # dates and the like may be damaged without harm
    assert refused > 250


def test_sound_whose_lengths_point_elsewhere_is_refused() -> None:
    wrong = b"RIFF" + (8).to_bytes(4, "little") + b"WAVEfmt " + (1 << 31).to_bytes(4, "little")
    with pytest.raises(AssetError, match="sound of The take is damaged"):
        samples_of(wrong + bytes(40), "The take")
