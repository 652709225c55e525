"""Who speaks: the voices of two synthesisers, and which of them nobody trains with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice.

    Args:
        engine: "flite" or "espeak".
        name: as the engine knows it; "language+variant" for espeak.
        split: "train", "val" or "test".
        size: length of the throat, of the recorded one: played that much slower, all formants and
            the pitch go down, as in a larger person.
        share: how often it speaks, of an average voice of its kind.
    """

    engine: str
    name: str
    split: str
    size: float = 1.0
    share: float = 1.0

    @property
    def id(self) -> str:
        """Unique and fit for a table."""
        size = "" if self.size == 1 else f"-x{self.size:.2f}"
        return f"{self.engine}-{self.name}{size}"

    @property
    def is_english(self) -> bool:
        return self.engine == "flite" or self.name.startswith("en")


_FLITE_SPLITS = {"slt": "train", "awb": "train", "rms": "test", "kal16": "val"}
_SIZES = {"train": (1.0, 0.82, 0.88, 0.94, 1.06, 1.12, 1.18), "val": (1.0, 0.88), "test": (1.0,)}

_ENGLISH = ("en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-gb-x-gbcwmd")
_FOREIGN = ("de", "es", "it", "fr", "nl", "pl", "sv")
_HELD_OUT = {
    "test": ("f5", "m7", "klatt4", "steph", "steph2", "steph3", "edward", "edward2", "linda"),
    "val": ("f3", "m2", "iven", "iven2", "iven3", "iven4", "Andrea", "klatt6"),
}
_TRAINED = (
    "f1", "f2", "f4", "m1", "m3", "m4", "m5", "m6", "m8", "klatt", "klatt2", "klatt3", "klatt5",
    "Alex", "Alicia", "Andy", "Annie", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Jacky",
    "Lee", "Marco", "Mario", "Michael", "Mike", "Nguyen", "adam", "anika", "antonio", "aunty",
    "belinda", "benjamin", "boris", "caleb", "david", "ed", "grandma", "grandpa", "gustave",
    "john", "kaukovalta", "marcelo", "max", "michel", "miguel", "norbert", "pablo", "paul",
    "pedro", "quincy", "rob", "robert", "sandro", "shelby", "travis", "victor", "zac", "croak",
    "whisper",
)  # fmt: skip


@cache
def all_voices() -> tuple[Voice, ...]:
    """Every voice once.

    A speaker is in one split only, whatever the size: of the four recorded ones (flite), one is
    for the test and one for validation. Variants of espeak of one family stay together.
    """
    flite = [
        Voice("flite", name, split, size, 2.0 if size == 1 else 1.0)
        for name, split in _FLITE_SPLITS.items()
        for size in _SIZES[split]
    ]
    espeak = []
    for k, variant in enumerate(_TRAINED):
        espeak.append(Voice("espeak", f"{_ENGLISH[k % len(_ENGLISH)]}+{variant}", "train"))
        if k % 4 == 0:
            language = _FOREIGN[k // 4 % len(_FOREIGN)]
            espeak.append(Voice("espeak", f"{language}+{variant}", "train"))
    for split, variants in _HELD_OUT.items():
        for k, variant in enumerate(variants):
            espeak.append(Voice("espeak", f"{_ENGLISH[k % 3]}+{variant}", split))
    return (*flite, *espeak)


def voices_of(split: str, engine: str) -> tuple[Voice, ...]:
    """The voices of a split and an engine."""
    return tuple(v for v in all_voices() if v.split == split and v.engine == engine)
