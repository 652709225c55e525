"""Who a synthetic person is: face, colours, hair, clothes; drawn at random."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from synthetic_people.face_shape import face_targets

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.paint.look import Colour

SKIN_TONES = np.array(
    [
        (0.96, 0.82, 0.75),
        (0.92, 0.75, 0.66),
        (0.86, 0.67, 0.55),
        (0.78, 0.58, 0.45),
        (0.68, 0.48, 0.35),
        (0.55, 0.37, 0.27),
        (0.43, 0.28, 0.20),
        (0.32, 0.21, 0.16),
    ]
)
"""sRGB from the lightest to the darkest skin."""
_HAIR_COLOURS: dict[str, Colour] = {
    "black": (0.055, 0.045, 0.042),
    "dark brown": (0.15, 0.095, 0.065),
    "brown": (0.28, 0.18, 0.115),
    "chestnut": (0.36, 0.20, 0.12),
    "auburn": (0.42, 0.17, 0.09),
    "ginger": (0.66, 0.33, 0.13),
    "dark blond": (0.50, 0.38, 0.25),
    "blond": (0.72, 0.57, 0.37),
    "platinum": (0.88, 0.82, 0.70),
    "grey": (0.55, 0.54, 0.53),
    "white": (0.88, 0.87, 0.85),
    "pink": (0.80, 0.36, 0.52),
    "blue": (0.16, 0.28, 0.55),
    "green": (0.18, 0.42, 0.27),
}
_IRISES: tuple[Colour, ...] = (
    (0.16, 0.085, 0.045),
    (0.26, 0.14, 0.07),
    (0.38, 0.24, 0.11),
    (0.42, 0.36, 0.16),
    (0.30, 0.40, 0.24),
    (0.36, 0.46, 0.46),
    (0.30, 0.45, 0.62),
    (0.50, 0.60, 0.66),
)


@dataclass(frozen=True)
class SkinTraits:
    """Colours of skin and what lies on it; strengths are 0..1."""

    tone: Colour = (0.87, 0.69, 0.60)
    redness: float = 0.5
    blotches: float = 0.5
    freckles: float = 0.0
    moles: int = 0
    age_spots: float = 0.0
    wrinkles: float = 0.0
    eye_shade: float = 0.4
    lips: Colour = (0.72, 0.40, 0.38)
    lip_strength: float = 0.6
    lipstick: float = 0.0
    eye_shadow: Colour = (0.4, 0.3, 0.3)
    eye_shadow_strength: float = 0.0
    eyeliner: float = 0.0
    blusher: float = 0.0
    gloss: float = 0.5


@dataclass(frozen=True)
class BrowTraits:
    """Brows: sizes relative to an average one; `angle` turns the outer end up."""

    colour: Colour = (0.2, 0.13, 0.09)
    thickness: float = 1.0
    length: float = 1.0
    density: float = 0.8
    angle: float = 0.0
    arch: float = 0.5
    height: float = 0.0
    gap: float = 0.0


@dataclass(frozen=True)
class HairTraits:
    """A hairdo; lengths in dm, curl 0 straight to 1 tight."""

    kind: str = "falling"
    colour_name: str = "brown"
    colour: Colour = (0.28, 0.18, 0.115)
    length: float = 1.0
    ends_y: float = -1.3
    parting_x: float = 0.16
    lift: float = 0.17
    curl: float = 0.0
    frizz: float = 0.2
    greying: float = 0.0
    tips: Colour | None = None
    recession: float = 0.0
    thickness: float = 1.0


@dataclass(frozen=True)
class BeardTraits:
    """Stubble and beard: strengths 0..1, length in dm."""

    stubble: float = 0.0
    kind: str = "none"
    length: float = 0.0
    density: float = 0.0


@dataclass(frozen=True)
class Traits:
    """Everything about a person that pictures show."""

    seed: int
    is_male: bool
    age: float
    targets: dict[str, float]
    skin: SkinTraits = field(default_factory=SkinTraits)
    brows: BrowTraits = field(default_factory=BrowTraits)
    hair: HairTraits = field(default_factory=HairTraits)
    beard: BeardTraits = field(default_factory=BeardTraits)
    iris: Colour = (0.26, 0.42, 0.42)
    sclera: float = 0.9
    garment: Colour = (0.2, 0.33, 0.38)
    garment_stripe: Colour | None = None
    lash_strength: float = 0.6

    def to_plain(self) -> dict[str, Any]:
        """For person.json."""
        return asdict(self)


def random_traits(seed: int) -> Traits:
    """The person of a seed, the same on every machine."""
    rng = np.random.default_rng([seed, 11])
    is_male = bool(rng.random() < 0.5)
    age = float(np.clip(rng.beta(1.3, 2.2), 0, 1))
    origin = rng.dirichlet([0.45, 0.45, 0.45])
    tone_index = _tone_index(origin, rng)
    skin = _skin(tone_index, age, is_male, rng)
    hair = _hair(tone_index, age, is_male, rng)
    brow_colour = _mixed(hair.colour, (0.08, 0.06, 0.05), 0.35 + 0.4 * rng.random())
    if hair.colour_name in ("pink", "blue", "green", "white", "platinum"):
        brow_colour = _mixed((0.22, 0.15, 0.1), (0.6, 0.55, 0.5), 0.5 * age * rng.random())
    light = rng.random() < np.clip(0.75 - 0.22 * tone_index, 0.03, 1)
    return Traits(
        seed=seed,
        is_male=is_male,
        age=age,
        targets=face_targets(is_male, age, origin, rng),
        skin=skin,
        brows=BrowTraits(
            colour=brow_colour,
            thickness=float(rng.uniform(0.75, 1.5) if is_male else rng.uniform(0.45, 1.15)),
            length=float(rng.uniform(0.85, 1.12)),
            density=float(rng.uniform(0.45, 1.0)),
            angle=float(rng.normal() * 0.12 + (0 if is_male else 0.06)),
            arch=float(rng.uniform(0.1, 1.0)),
            height=float(rng.normal() * 0.015),
            gap=float(rng.normal() * 0.02),
        ),
        hair=hair,
        beard=_beard(is_male, rng),
        iris=_jittered(
            _IRISES[int(rng.integers(3, 8) if light else rng.integers(0, 4))], rng, 0.04
        ),
        sclera=float(rng.uniform(0.8, 0.97)),
        garment=_cloth(rng),
        garment_stripe=_cloth(rng) if rng.random() < 0.25 else None,
        lash_strength=float(rng.uniform(0.2, 0.6) if is_male else rng.uniform(0.4, 1.0)),
    )


def _tone_index(origin: Float, rng: np.random.Generator) -> float:
    """Place on `SKIN_TONES`: loosely by origin (African, Asian, Caucasian shares), all possible."""
    centre = float(origin @ (5.4, 2.2, 1.2))
    return float(np.clip(centre + rng.normal() * 1.3, 0, len(SKIN_TONES) - 1))


def _skin(tone_index: float, age: float, is_male: bool, rng: np.random.Generator) -> SkinTraits:
    places = np.arange(len(SKIN_TONES))
    tone = np.array([np.interp(tone_index, places, SKIN_TONES[:, c]) for c in range(3)])
    tone = tone * (1 + 0.04 * rng.normal()) + rng.normal(size=3) * (0.006, 0.012, 0.018)
    lip = tone * (0.88, 0.62, 0.64) + (0.03, 0, 0.01) + 0.02 * rng.normal(size=3)
    made_up = not is_male and rng.random() < 0.55
    stick = rng.random() < 0.6
    if made_up and stick:
        lip = np.array(
            [(0.70, 0.10, 0.14), (0.78, 0.28, 0.34), (0.48, 0.10, 0.17), (0.72, 0.38, 0.36)]
        )[rng.integers(4)] + 0.03 * rng.normal(size=3)
    shadow = [(0.35, 0.25, 0.22), (0.45, 0.3, 0.42), (0.25, 0.3, 0.42), (0.5, 0.36, 0.25)]
    return SkinTraits(
        tone=_colour(tone),
        redness=float(rng.uniform(0.1, 1.0)),
        blotches=float(rng.uniform(0.15, 1.0)),
        freckles=float(rng.beta(0.6, 2) * np.clip(1.3 - 0.3 * tone_index, 0, 1)),
        moles=int(rng.poisson(1.6)),
        age_spots=float(np.clip(age - 0.45, 0, 1) * 1.8 * rng.random()),
        wrinkles=float(np.clip(age * 1.2 - 0.25 + 0.1 * rng.normal(), 0, 1)),
        eye_shade=float(rng.uniform(0.1, 0.9)),
        lips=_colour(lip),
        lip_strength=float(rng.uniform(0.35, 0.8)),
        lipstick=float(rng.uniform(0.5, 0.95)) if made_up and stick else 0.0,
        eye_shadow=_colour(np.array(shadow[rng.integers(4)])),
        eye_shadow_strength=float(rng.uniform(0.2, 0.7)) if made_up else 0.0,
        eyeliner=float(rng.uniform(0.2, 0.9)) if made_up else 0.0,
        blusher=float(rng.uniform(0.1, 0.6)) if made_up else 0.0,
        gloss=float(rng.uniform(0.2, 1.0)),
    )


def _hair(tone_index: float, age: float, is_male: bool, rng: np.random.Generator) -> HairTraits:
    names = list(_HAIR_COLOURS)
    fair = np.clip(1.5 - 0.4 * tone_index, 0.04, 1)
    grey = np.clip(1.8 * (age - 0.4), 0, 1)
    odds = np.array([3, 3, 2.5 * fair + 0.3, 1.6 * fair, fair, fair, 2 * fair, 1.8 * fair])
    odds = np.r_[odds * (1 - 0.75 * grey), 0.7 * fair, 5 * grey, 3.5 * grey, 0.22, 0.22, 0.12]
    name = names[rng.choice(len(names), p=odds / odds.sum())]
    kinds = ("falling", "short", "bun", "afro", "curly", "buzz", "bald", "slick", "fringe")
    weights = (
        (0.8, 5, 0.5, 1, 1.2, 1.6, 1.0, 1.5, 1.0)
        if is_male
        else (5, 1.6, 2, 1, 2.2, 0.25, 0.1, 0.7, 2)
    )
    kind = str(rng.choice(kinds, p=np.array(weights) / sum(weights)))
    long = kind in ("falling", "curly", "fringe")
    return HairTraits(
        kind=kind,
        colour_name=name,
        colour=_jittered(_HAIR_COLOURS[name], rng, 0.015),
        length={
            "short": rng.uniform(0.22, 0.62),
            "buzz": 0.06,
            "afro": rng.uniform(0.25, 0.8),
            "slick": rng.uniform(1.0, 1.6),
        }.get(kind, 3.6),
        ends_y=float(rng.uniform(-2.3, -0.75)),
        parting_x=float(rng.choice([0, 0.16, -0.16, 0.4, -0.4]) + 0.03 * rng.normal()),
        lift=float(rng.uniform(0.10, 0.24) if long else rng.uniform(0.06, 0.14)),
        curl=float(
            {"curly": rng.uniform(0.5, 1), "afro": 1.0, "falling": rng.beta(0.8, 2)}.get(
                kind, 0.5 * rng.beta(0.7, 2)
            )
        ),
        frizz=float(rng.uniform(0.05, 0.6)),
        greying=float(np.clip(age - 0.3, 0, 1) * rng.random()),
        tips=_jittered(_HAIR_COLOURS["blond"], rng, 0.04) if rng.random() < 0.12 else None,
        recession=float(np.clip(rng.beta(0.6, 2) * (0.5 + age) if is_male else 0.0, 0, 1)),
        thickness=float(rng.uniform(0.8, 1.3)),
    )


def _beard(is_male: bool, rng: np.random.Generator) -> BeardTraits:
    if not is_male or rng.random() < 0.4:
        return BeardTraits(stubble=float(0.15 * rng.random()) if is_male else 0.0)
    kind = str(
        rng.choice(
            ["stubble", "full", "goatee", "moustache", "short"], p=[0.4, 0.2, 0.12, 0.08, 0.2]
        )
    )
    return BeardTraits(
        stubble=float(rng.uniform(0.3, 0.9)) if kind != "moustache" else float(0.3 * rng.random()),
        kind="none" if kind == "stubble" else "full" if kind == "short" else kind,
        length=float(
            {"full": rng.uniform(0.12, 0.4), "short": 0.07}.get(kind, rng.uniform(0.06, 0.16))
        ),
        density=float(rng.uniform(0.5, 1.0)),
    )


def _cloth(rng: np.random.Generator) -> Colour:
    grey = rng.uniform(0.04, 0.9)
    return _colour(grey + (rng.random(3) - 0.5) * rng.choice([0.04, 0.3, 0.7]))


def _mixed(a: Colour, b: Colour, share: float) -> Colour:
    return _colour(np.array(a) * (1 - share) + np.array(b) * share)


def _jittered(colour: Colour, rng: np.random.Generator, size: float) -> Colour:
    return _colour(np.array(colour) * (1 + 0.12 * rng.normal()) + size * rng.normal(size=3))


def _colour(values: Float) -> Colour:
    r, g, b = (float(v) for v in np.clip(values, 0.01, 0.99))
    return r, g, b
