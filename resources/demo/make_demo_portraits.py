r"""Make `portraits/*.portrait` of rendered pictures of people who do not exist; see README.md.

python resources/demo/people/portraits.py PICTURES 700010 700006 700007 \
    --size 640 --samples 3 --atlas 2048 --scale 0.8
python resources/demo/make_demo_portraits.py PICTURES [OUT]

Faces, landmarks, expression and matte are found as in any other picture.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from avatar_core.exchange.portrait_source import PortraitReader
from avatar_core.io.portrait_file import save_portrait

RENDERED_BY = (
    "python resources/demo/people/portraits.py PICTURES {seed} --size 640 --samples 3 --atlas 2048"
    " --scale 0.8"
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One bundled portrait: its reference, name, look, and the seed of the rendered person."""

    reference: str
    name: str
    look: str
    seed: int


PEOPLE = (
    DemoPerson("lena", "Lena", "A woman with long brown hair", 700010),
    DemoPerson("kofi", "Kofi", "A man with short hair and a goatee", 700006),
    DemoPerson("nia", "Nia", "A woman with long black hair and red lips", 700007),
)


def make_portraits(pictures: Path, out: Path) -> None:
    """Write one portrait for each of `PEOPLE`, from `pictures/SEED.png`."""
    out.mkdir(parents=True, exist_ok=True)
    reader = PortraitReader()
    for person in PEOPLE:
        found = reader.portrait(reader.open(pictures / f"{person.seed}.png"))
        portrait = replace(
            found,
            name=person.name,
            description=f"{person.look} who does not exist: a rendered picture.",
            provenance={
                "licence": "CC0-1.0",
                "picture": RENDERED_BY.format(seed=person.seed),
                "portrait": "python resources/demo/make_demo_portraits.py PICTURES",
            },
        )
        save_portrait(portrait, out / f"{person.reference}.portrait")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    make_portraits(
        Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else here / "portraits"
    )
