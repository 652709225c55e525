"""Phones of espeak, spelled in IPA, as phones of `avatar_core.driving.speech`."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
import unicodedata

_SOUNDS: dict[str, str] = {
    "pau": "",
    "m": "m ɱ", "b": "b", "p": "p pf", "f": "f ɸ", "v": "v ʋ β", "w": "w ʍ ɥ",
    "th": "θ", "dh": "ð", "t": "t ʔ ɾ ʈ", "d": "d ɖ", "n": "n ɲ ɳ", "l": "l ɫ ɭ ʎ ɬ",
    "s": "s ts ɕ", "z": "z dz ʑ", "sh": "ʃ ʂ ɧ", "zh": "ʒ ʐ", "ch": "tʃ tɕ tʂ", "jh": "dʒ dʑ dʐ",
    "k": "k q x χ c ç", "g": "ɡ g ɣ ʝ ɟ", "ng": "ŋ", "hh": "h ɦ",
    "r": "r ɹ ʁ ʀ ɻ ɽ", "y": "j",
    "iy": "i", "ih": "ɪ ɨ ᵻ", "eh": "e ɛ", "ae": "æ a", "aa": "ɑ ɒ", "ah": "ʌ ɐ", "ax": "ə",
    "ao": "ɔ o ɞ", "uh": "ʊ ʉ ɵ", "uw": "u y ʏ ɯ", "er": "ɜ ɚ ɝ ø œ",
    "ey": "eɪ ei ɛɪ ɛi", "ay": "aɪ ai ɑɪ ʌɪ aj", "oy": "ɔɪ ɔø ɔi ɔʏ oɪ oi œy",
    "aw": "aʊ au æʊ ɑʊ", "ow": "oʊ əʊ ou ɔu əu ʌʊ",
}  # fmt: skip
_PHONE_OF_SOUND = {s: phone for phone, sounds in _SOUNDS.items() for s in sounds.split()}
_MARKS = "ːˑˈˌʰʲʷˠˤʼˀ:.'-|_^?`~*\u200d"
_SWITCH = re.compile(r"\([^)]*\)?")
"""A word that espeak reads as another language is marked: "(en)"."""


def phones_of_sound(sound: str) -> tuple[str, ...]:
    """Phones of one sound in IPA; silence for marks alone.

    A sound that is in no table is read letter by letter: "ɪə" is "ih ax".

    Raises:
        KeyError: a letter is in no table.
    """
    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFD", _SWITCH.sub("", sound))
        if letter not in _MARKS and not unicodedata.combining(letter) and not letter.isspace()
    )
    if not letters:
        return ("pau",)
    whole = _PHONE_OF_SOUND.get(letters)
    return (whole,) if whole else tuple(_PHONE_OF_SOUND[letter] for letter in letters)
