"""What is said: our own sentences, words from them in any order, and words that do not exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_ONSETS = {
    5: "m b p f v",
    4: "w th l",
    3: "ch sh",
    2: "j s z t d n r k g y",
    1: "h bl br fl fr pl pr sw tr thr",
}
_VOWELS = {3: "oo oh", 2: "o ee ow ah", 1: "a e i u ay oy er aw"}
_CODAS = {2: "m b p f v th", 1: "l sh ch n t s k mp lf lb pt sp"}
_OPEN_SYLLABLES = 10
_ENDINGS = "....??!"

_FOREIGN_ONSETS = (*"mbpfvlstdnrkg", "", "br", "pl", "fl")
_FOREIGN_VOWELS = (*"aeiou", "au", "ei", "ie")
_FOREIGN_CODAS = ("", "", "", "", "m", "n", "l", "s", "p", "f")


@cache
def sentences() -> tuple[str, ...]:
    """All sentences, in the order of the file beside this module."""
    return tuple(Path(__file__).with_name("sentences.txt").read_text("utf-8").split("\n")[:-1])


@cache
def words() -> tuple[str, ...]:
    """All words of the sentences, once each, sorted."""
    return tuple(sorted(set(re.findall(r"[a-z']+", " ".join(sentences()).lower()))))


def random_text(rng: np.random.Generator, is_english: bool = True) -> str:
    """Something to say for about four seconds.

    Half of what is said in English are sentences, a quarter each random words and nonsense. Voices
    of other languages say nonsense spelled so that all of them can read it.
    """
    kind = rng.random()
    if is_english and kind < 0.5:
        return _one(sentences(), rng)
    if is_english and kind < 0.75:
        return _phrased([_one(words(), rng) for _ in range(rng.integers(6, 12))], rng)
    made_up = _nonsense if is_english else _foreign
    return _phrased([made_up(rng) for _ in range(rng.integers(5, 10))], rng)


def _nonsense(rng: np.random.Generator) -> str:
    onsets, vowels, codas = _drawn(_ONSETS), _drawn(_VOWELS), _drawn(_CODAS)
    codas += ("",) * _OPEN_SYLLABLES
    return _word((onsets, vowels, codas), rng)


def _foreign(rng: np.random.Generator) -> str:
    return _word((_FOREIGN_ONSETS, _FOREIGN_VOWELS, _FOREIGN_CODAS), rng)


def _drawn(spellings: dict[int, str]) -> tuple[str, ...]:
    """Spellings of syllable parts, each as often as its odds say."""
    return tuple(part for odds, row in spellings.items() for part in row.split() * odds)


def _word(parts: tuple[tuple[str, ...], ...], rng: np.random.Generator) -> str:
    return "".join(_one(part, rng) for _ in range(rng.integers(1, 4)) for part in parts)


def _one(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    """One by chance; numpy's own choice would turn all of them into an array first."""
    return choices[int(rng.integers(len(choices)))]


def _phrased(said: list[str], rng: np.random.Generator) -> str:
    """Words with a comma here and there and a mark at the end."""
    commas = rng.random(len(said)) < 0.15
    text = " ".join(word + "," * bool(comma) for word, comma in zip(said, commas, strict=True))
    return text.rstrip(",") + _ENDINGS[rng.integers(len(_ENDINGS))]
