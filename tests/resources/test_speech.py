"""The generator of synthetic speech, with synthesisers that only hum."""

# ruff: noqa: RUF001

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.driving.speech.coarticulation import spoken_weights
from avatar_core.driving.speech.visemes import PHONE_INDEX, PHONES, Phone, Viseme
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

sys.path.append(str(resource_path("demo", "speech")))

from synthetic_speech.dataset import Line, Plan, write_index, write_utterance
from synthetic_speech.espeak import phones_of_starts
from synthetic_speech.espeak_times import with_closures, with_releases
from synthetic_speech.flite import read_phones
from synthetic_speech.ipa import phones_of_sound
from synthetic_speech.sound import RATE_HZ, energies, frame_times, loudness, pitches, resampled
from synthetic_speech.texts import random_text, sentences, words
from synthetic_speech.truth_check import checked
from synthetic_speech.utterance import Said, utterance_arrays
from synthetic_speech.voices import Voice, all_voices, voices_of


def hum(seconds: float, hz: float = 120.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    times_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.4 * np.sin(2 * np.pi * hz * times_s)).astype(np.float32)


def phones(*told: tuple[str, float]) -> tuple[Phone, ...]:
    """Phones of names and lengths in seconds, one after the other."""
    ends = np.cumsum([length_s for _, length_s in told])
    return tuple(
        Phone(name, float(end - length_s), float(end))
        for (name, length_s), end in zip(told, ends, strict=True)
    )


MAMA = phones(("pau", 0.1), ("m", 0.1), ("aa", 0.15), ("m", 0.1), ("aa", 0.15), ("pau", 0.1))


class Hummer:
    """A synthesiser that hums "mama" whatever it is given."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def say(self, text: str, voice: Voice, rng: np.random.Generator) -> Said:
        self.told.append((text, voice.id))
        sound = hum(0.7, rng.uniform(100, 200))
        sound[: int(0.1 * RATE_HZ)] = 0
        return Said(sound, RATE_HZ, MAMA)


@pytest.fixture
def hummer() -> Hummer:
    return Hummer()


def made(root: Path, plan: Plan, hummer: Hummer, numbers: range | None = None) -> None:
    write_index(root, plan, "python make_speech.py OUT")
    for number in numbers or range(plan.count):
        write_utterance(root, plan.line(number), lambda _: hummer)


def content(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.rglob("*.npz"))}


def test_same_plan_gives_the_same_lines_and_another_seed_others() -> None:
    plan = Plan(hours=0.1)
    assert plan.line(5) == Plan(hours=7).line(5), "more hours add lines and change none"
    assert plan.line(5).seed != Plan(seed=8).line(5).seed
    texts = [Plan(seed=seed).line(5).text for seed in range(6)]
    assert len(set(texts)) > 3


def test_an_hour_is_about_nine_hundred_lines_and_none_is_one() -> None:
    assert 800 < Plan(hours=1).count < 1000
    assert Plan(hours=0).count == 1


def test_splits_hold_voices_apart() -> None:
    lines = [Plan().line(number) for number in range(1600)]
    splits = Counter(line.voice.split for line in lines)
    assert splits == {"train": 1300, "test": 200, "val": 100}
    heard: dict[str, set[str]] = {}
    for line in lines:
        heard.setdefault(line.voice.id, set()).add(line.voice.split)
    assert all(len(found) == 1 for found in heard.values())
    assert {line.voice.engine for line in lines if line.voice.split == "test"} == {
        "flite",
        "espeak",
    }


def test_a_speaker_and_a_family_of_variants_are_in_one_split() -> None:
    splits: dict[str, set[str]] = {}
    for voice in all_voices():
        person = voice.name.partition("+")[2].rstrip("0123456789") or voice.name
        if person not in ("f", "m", "klatt"):
            splits.setdefault(person, set()).add(voice.split)
    assert all(len(found) == 1 for found in splits.values())
    ids = [voice.id for voice in all_voices()]
    assert len(set(ids)) == len(ids)
    assert len(voices_of("train", "espeak")) > 60


def test_sentences_are_some_hundreds_and_rich_in_what_lips_show() -> None:
    assert len(sentences()) >= 200
    assert len(set(sentences())) == len(sentences())
    assert all(line == line.strip() and line[-1] in ".?!" for line in sentences())
    letters = Counter("".join(words()))
    assert all(letters[letter] > 60 for letter in "mbpfvwol")


def test_texts_are_sentences_random_words_and_nonsense() -> None:
    rng = np.random.default_rng(1)
    texts = [random_text(rng) for _ in range(400)]
    known = set(words())
    is_sentence = [text in sentences() for text in texts]
    assert 0.4 < np.mean(is_sentence) < 0.6
    made_up = [set(text.lower().strip(".?!").replace(",", "").split()) - known for text in texts]
    assert 0.15 < np.mean([len(found) > 2 for found in made_up]) < 0.35
    foreign = random_text(rng, is_english=False)
    assert foreign not in sentences()
    assert foreign[-1] in ".?!"


def test_an_utterance_holds_what_the_readme_says(hummer: Hummer, tmp_path: Path) -> None:
    made(tmp_path, Plan(hours=0), hummer)
    with np.load(tmp_path / "utterances/00000.npz", allow_pickle=False) as file:
        arrays: dict[str, Any] = dict(file)
    size = Plan(hours=0).line(0).voice.size
    count = len(arrays["samples"])
    assert arrays["samples"].dtype == np.int16
    assert count / RATE_HZ == pytest.approx(0.7 * size, abs=2e-4)
    assert np.abs(arrays["samples"]).max() / 32767 == pytest.approx(0.7, abs=0.01)
    frames = int(np.ceil(count / RATE_HZ * 60))
    assert arrays["weights"].shape == (frames, 52)
    assert arrays["weights"].dtype == np.float16
    for name in ("visemes", "pitch_hz", "energy"):
        assert arrays[name].shape == (frames,)
    assert [PHONES[index] for index in arrays["phone_id"]] == [phone.name for phone in MAMA]
    np.testing.assert_allclose(
        arrays["phone_end_s"][:-1], [size * phone.end_s for phone in MAMA[:-1]], atol=1e-5
    )
    middle = int(0.15 * size * 60)
    assert arrays["visemes"][middle] == Viseme.CLOSED
    assert (int(arrays["rate_hz"]), int(arrays["frame_rate_hz"])) == (16_000, 60)


def test_weights_can_be_made_again_from_what_is_stored(hummer: Hummer) -> None:
    said = hummer.say("", all_voices()[0], np.random.default_rng(0))
    arrays = utterance_arrays(said)
    rows = (arrays["phone_id"], arrays["phone_start_s"], arrays["phone_end_s"])
    stored = [Phone(PHONES[i], float(a), float(b)) for i, a, b in zip(*rows, strict=True)]
    times_s = np.arange(len(arrays["weights"])) / 60
    loud = loudness(arrays["energy"].astype(np.float64))
    again = spoken_weights(stored, times_s, loud)
    np.testing.assert_allclose(again, arrays["weights"].astype(np.float32), atol=2e-3)


def test_index_names_every_line_with_voice_and_split(hummer: Hummer, tmp_path: Path) -> None:
    plan = Plan(hours=0.02)
    made(tmp_path, plan, hummer, range(1))
    index = json.loads((tmp_path / "speech.json").read_text("utf-8"))
    assert (index["version"], index["rate_hz"], index["frame_rate_hz"]) == (1, 16_000, 60)
    assert index["phones"] == list(PHONES)
    assert len(index["utterances"]) == plan.count > 10
    voices = {voice["id"]: voice["split"] for voice in index["voices"]}
    assert all(voices[entry["voice"]] == entry["split"] for entry in index["utterances"])


def test_a_stopped_run_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    plan, first, again = Plan(hours=0.01), Hummer(), Hummer()
    made(tmp_path / "stopped", plan, first, range(4))
    before = content(tmp_path / "stopped")
    made(tmp_path / "stopped", plan, again)
    assert len(first.told) == 4
    assert len(again.told) == plan.count - 4, "what is there is not said again"
    made(tmp_path / "whole", plan, Hummer())
    assert content(tmp_path / "stopped") == content(tmp_path / "whole")
    assert before.items() <= content(tmp_path / "whole").items()


def test_shards_make_what_one_run_makes(tmp_path: Path) -> None:
    plan = Plan(hours=0.01)
    for shard in (1, 0):
        made(tmp_path / "shards", plan, Hummer(), range(shard, plan.count, 2))
    made(tmp_path / "whole", plan, Hummer())
    assert content(tmp_path / "shards") == content(tmp_path / "whole")


def test_a_reader_never_sees_half_a_file(
    hummer: Hummer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, **_: object) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", broken)
    with pytest.raises(OSError, match="disk full"):
        made(tmp_path, Plan(hours=0), hummer)
    assert not (tmp_path / "utterances/00000.npz").exists()
    monkeypatch.undo()
    made(tmp_path, Plan(hours=0), hummer)
    assert (tmp_path / "utterances/00000.npz").exists()


def test_the_check_accepts_what_is_made_and_names_what_is_wrong(
    hummer: Hummer, tmp_path: Path
) -> None:
    made(tmp_path, Plan(hours=0.01), hummer)
    found = checked(tmp_path, 100)
    assert not found.faults
    assert not found.shared_voices
    assert len(found.closed) == 2 * Plan(hours=0.01).count
    assert np.mean(found.closed) > 0.95
    path = tmp_path / "utterances/00001.npz"
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    arrays["phone_end_s"][1] -= 0.02
    arrays["weights"][:] = 0.5
    np.savez_compressed(path, allow_pickle=False, **arrays)
    wrong = checked(tmp_path, 100)
    assert wrong.faults == ["00001: gaps between phones"]
    assert wrong.closed.count(0.0) == 2


def test_flite_tells_ends_and_its_phones_are_ours() -> None:
    assert read_phones("pau:0.164 hh:0.255 ow:0.400 ") == (
        Phone("pau", 0.0, 0.164),
        Phone("hh", 0.164, 0.255),
        Phone("ow", 0.255, 0.4),
    )
    assert read_phones("") == ()
    with pytest.raises(KeyError, match="xx"):
        read_phones("pau:0.1 xx:0.2")


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        ("m", "m"), ("t\u0361ʃ", "ch"), ("tʃ", "ch"), ("iː", "iy"), ("oʊ", "ow"), ("ˈɜːɹ", "er r"),
        ("ɪə", "ih ax"), ("ɡ", "g"), ("(en)", "pau"), ("", "pau"), ("ː", "pau"), ("ç", "k"),
        ("ɑ̃", "aa"), ("yː", "uw"),
    ],
)  # fmt: skip
def test_ipa_becomes_our_phones(sound: str, expected: str) -> None:
    assert phones_of_sound(sound) == tuple(expected.split())
    assert set(expected.split()) <= set(PHONE_INDEX)


def test_a_letter_in_no_table_is_told() -> None:
    with pytest.raises(KeyError, match="ʘ"):
        phones_of_sound("ʘ")


def test_starts_become_phones_without_gaps() -> None:
    told = phones_of_starts([(100, "m"), (200, "ɪə"), (400, "")], 500, 1000)
    assert [(phone.name, phone.start_s, phone.end_s) for phone in told] == [
        ("pau", 0.0, 0.1), ("m", 0.1, 0.2), ("ih", 0.2, 0.3), ("ax", 0.3, 0.4), ("pau", 0.4, 0.5),
    ]  # fmt: skip
    assert phones_of_starts([], 500, 1000) == (Phone("pau", 0.0, 0.5),)
    assert phones_of_starts([], 0, 1000) == ()
    assert [p.name for p in phones_of_starts([(0, "m"), (0, "b")], 10, 1000)] == ["b"]


def test_silence_before_a_plosive_becomes_its_closure() -> None:
    told = phones(("iy", 0.13), ("p", 0.04), ("aa", 0.2))
    sound = hum(0.37)
    sound[int(0.09 * RATE_HZ) : int(0.13 * RATE_HZ)] = 0
    moved = with_closures(told, sound, RATE_HZ)
    assert moved[0].end_s == moved[1].start_s == pytest.approx(0.09, abs=2e-3)
    assert moved[1].end_s == pytest.approx(0.17)
    assert with_closures(told, hum(0.37), RATE_HZ) == told, "no silence, nothing to move"


def test_a_plosive_after_a_pause_gets_a_closure_and_no_more() -> None:
    told = phones(("pau", 0.5), ("b", 0.02), ("aa", 0.2))
    moved = with_closures(told, np.zeros(int(0.72 * RATE_HZ), np.float32), RATE_HZ)
    assert moved[1].duration_s == pytest.approx(0.05)
    assert moved[0].end_s == moved[1].start_s


def test_a_sound_begins_when_the_lips_before_it_open() -> None:
    moved = with_releases(phones(("m", 0.1), ("aa", 0.1), ("m", 0.02), ("aa", 0.1), ("pau", 0.1)))
    assert moved[0].end_s == moved[1].start_s == pytest.approx(0.077)
    assert moved[2].duration_s == pytest.approx(0.55 * 0.02), "a short one keeps most of its time"
    assert with_releases(phones(("m", 0.1), ("pau", 0.1))) == phones(("m", 0.1), ("pau", 0.1))


def test_resampling_keeps_length_and_pitch() -> None:
    sound = resampled(hum(0.5, 200, 22_050), 22_050)
    assert len(sound) == pytest.approx(8000, abs=1)
    times_s = frame_times(len(sound), 60)
    found = pitches(sound, times_s)[3:-3]
    np.testing.assert_allclose(found, 200, rtol=0.02)
    assert resampled(sound, RATE_HZ) is sound


def test_a_larger_throat_speaks_lower_and_slower() -> None:
    said = Said(hum(0.5, 150), RATE_HZ, phones(("m", 0.5)))
    large = utterance_arrays(said, size=1.2)
    assert len(large["samples"]) == pytest.approx(0.6 * RATE_HZ, abs=40)
    assert float(large["phone_end_s"][0]) == pytest.approx(0.6, abs=3e-3)
    assert np.median(large["pitch_hz"]) == pytest.approx(125, rel=0.02)


def test_pitch_of_noise_and_of_silence_is_none() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE_HZ // 2).astype(np.float32)
    times_s = frame_times(len(noise), 60)
    assert np.mean(pitches(noise, times_s) > 0) < 0.1
    assert not pitches(np.zeros_like(noise), times_s).any()


def test_energy_is_root_mean_square_and_loudness_relative() -> None:
    sound = hum(0.5, 200)
    found = energies(sound, np.array([0.25]))
    assert found[0] == pytest.approx(0.4 / np.sqrt(2), rel=0.01)
    assert loudness(np.array([0.0, 0.1, 0.2])).max() == 1
    assert not loudness(np.zeros(3)).any()
    assert loudness(np.zeros(0)).shape == (0,)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
def test_flite_speaks_with_phones_until_the_end() -> None:
    from synthetic_speech.flite import Flite

    voice = next(voice for voice in all_voices() if voice.id == "flite-slt")
    said = Flite().say("Mom bought five maps.", voice, np.random.default_rng(1))
    names = [phone.name for phone in said.phones]
    assert {"m", "b", "f", "p"} <= set(names)
    assert said.phones[-1].end_s == pytest.approx(len(said.samples) / said.rate_hz, abs=0.02)


def test_espeak_speaks_with_phones_until_the_end() -> None:
    from synthetic_speech.espeak import Espeak

    try:
        espeak = Espeak()
    except OSError:
        pytest.skip("espeak-ng is not installed")
    voice = next(voice for voice in all_voices() if voice.id == "espeak-en-us+f1")
    said = espeak.say("Mom bought five maps.", voice, np.random.default_rng(1))
    names = [phone.name for phone in said.phones]
    assert {"m", "b", "f", "p"} <= set(names)
    assert said.phones[-1].end_s == pytest.approx(len(said.samples) / said.rate_hz, abs=0.001)
    espeak.say("Something else.", voice, np.random.default_rng(2))
    again = espeak.say("Mom bought five maps.", voice, np.random.default_rng(1))
    np.testing.assert_array_equal(again.samples, said.samples)
    with pytest.raises(KeyError, match="nobody"):
        espeak.say("Hello", Voice("espeak", "nobody", "train"), np.random.default_rng(1))


def test_a_line_knows_its_file() -> None:
    assert Line(12, 0, all_voices()[0], "Hello.").name == "00012"
