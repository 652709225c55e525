"""`params.yaml` of an official MeGA folder: what it says about the model, checked."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from avatar_core.errors import WeightsError
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.mega.networks import MegaConfig
    from avatar_core.project.mega_options import MegaOptions

_MOST_LETTERS = 1 << 17
_MOST_WHOLE = 1 << 62
_HINT = "Use the params.yaml that lies beside the checkpoint."
_POSE_VALUES = 15
_TEXTURE_SIZES = tuple(2**k for k in range(4, 13))
_ABLATIONS = ("ab.noview", "ab.nodyn", "ab.nodisp", "ab.hardblend")
_LEARNED_CODE, _SINE_CODE = "LPE", "PE"


@dataclass(frozen=True, slots=True)
class OfficialConfig:
    """The keys that make a difference to the avatar; names as in `MegaConfig` where it has them.

    Args:
        values: everything the file says, as plain data.
        n_shape, n_expr: coefficients of FLAME.
        is_subdivided, has_teeth: how its mesh is made.
        uv_freqs: 0 for the learned code of uv.
        deform_layers, deform_attr, num_freqs: the hair's deformation.
        move_eyes: eyeballs are moved and scaled.
        still_parts: parts that are not displaced.
        is_bald: the subject has no hair to draw.
        is_hair_run: the first of two runs, which fits the hair of one frame.
        pretrained_hair: what the original loads over the checkpoint's hair; empty for nothing.
        canonical_file: name of the file with the pose the hair lives on; empty when not said.
        is_blur_older: written before the blend's mask was blurred.
        switched_off: parts that the run was trained without.
        assumed: keys that the file does not have, with the value that was taken.
    """

    values: dict[str, Any]
    n_shape: int
    n_expr: int
    is_subdivided: bool
    has_teeth: bool
    tex_size: int
    tex_ch: int
    xyz_cond: bool
    uv_freqs: int
    deform_layers: tuple[int, ...]
    deform_attr: tuple[str, ...]
    num_freqs: int
    move_eyes: bool
    still_parts: tuple[str, ...]
    is_bald: bool
    is_hair_run: bool
    pretrained_hair: str
    canonical_file: str
    is_blur_older: bool
    switched_off: tuple[str, ...]
    assumed: tuple[str, ...]

    @classmethod
    def from_yaml(cls, text: str, title: str) -> OfficialConfig:
        """Read a configuration: flat, with dotted keys.

        Args:
            text: the file's contents.
            title: what to call it in an error.

        Raises:
            WeightsError: not YAML, values that cannot be, or a variant of the model that is not
                supported; the key is named.
        """
        return cls.from_values(_parsed(text, title), title)

    @classmethod
    def from_values(cls, values: Mapping[str, Any], title: str) -> OfficialConfig:
        """The same from plain data, as `values` keeps it."""
        keys = _Keys(values, title)
        _expect_supported(keys)
        pe = keys.word("training.pe", _LEARNED_CODE, (_LEARNED_CODE, _SINE_CODE))
        sine_freqs = keys.whole("training.pe.num_freqs", 8, range(1, 17), quiet=True)
        canonical = keys.text("data.canonical_flame_path")
        return cls(
            n_shape=keys.whole("flame.n_shape", 300, range(1, 301)),
            n_expr=keys.whole("flame.n_expr", 100, range(1, 101)),
            is_subdivided=keys.whole("flame.subdivision", 1, range(2)) == 1,
            has_teeth=keys.flag("flame.add_teeth", True),
            tex_size=keys.whole("training.tex_size", 1024, _TEXTURE_SIZES),
            tex_ch=keys.whole("training.tex_ch", 12, range(1, 65)),
            xyz_cond=keys.flag("flame.xyz_cond", False, quiet=True),
            uv_freqs=0 if pe == _LEARNED_CODE else sine_freqs,
            deform_layers=keys.wholes("gs.deform_layers", (128, 64), range(1, 4097)),
            deform_attr=keys.words("gs.deform_attr", tuple(ATTRIBUTE_WIDTHS), ATTRIBUTE_WIDTHS),
            num_freqs=keys.whole("gs.pe.num_freqs", 6, range(17)),
            move_eyes=keys.flag("flame.move_eyes", False, quiet=True),
            still_parts=keys.words("flame.offsets_ignore_parts", ()),
            is_bald=keys.flag("bald", False, quiet=True),
            is_hair_run=keys.flag("pipe.neutral_hair", False, quiet=True),
            pretrained_hair=keys.text("gs.pretrain"),
            canonical_file=canonical.replace("\\", "/").rsplit("/", 1)[-1],
            is_blur_older="bald" not in values,
            switched_off=tuple(k for k in _ABLATIONS if keys.flag(k, False, quiet=True)),
            values=dict(values),
            assumed=tuple(keys.assumed),
        )


def shipped_values(config: MegaConfig, options: MegaOptions, n_shape: int) -> dict[str, Any]:
    """The published configuration of a full run, with the sizes of other networks."""
    return {
        "training.enc.mode": "texture",
        "training.neural_texture": True,
        "training.tex_size": config.tex_size,
        "training.tex_ch": config.tex_ch,
        "training.stages": ["head", "joint"],
        "training.pe": _SINE_CODE if config.uv_freqs else _LEARNED_CODE,
        "training.pe.num_freqs": config.uv_freqs or 8,
        "training.pe.log_sampling": True,
        "training.pe.include_input": True,
        "flame.optimize_params": True,
        "flame.subdivision": 1,
        "flame.subdivision.mouth": 0,
        "flame.add_teeth": True,
        "flame.n_shape": n_shape,
        "flame.n_expr": config.n_expr,
        "flame.n_pose": _POSE_VALUES,
        "flame.enable_offsets": True,
        "flame.move_eyes": options.eyes_moved,
        "flame.offsets_ignore_parts": list(options.undisplaced_parts) or [None],
        "flame.xyz_cond": config.xyz_cond,
        "gs.pretrain": None,
        "gs.sh_degree": 3,
        "gs.upSH": 1000,
        "gs.deform_layers": list(config.deform_layers),
        "gs.deform_attr": list(config.deform_attr),
        "gs.pe.num_freqs": config.num_freqs,
        "pipe.neutral_hair": False,
        "bald": config.gaussians == 0,
    }


def yaml_of(values: Mapping[str, Any]) -> str:
    """A configuration as the text of a `params.yaml`."""
    text: str = yaml.safe_dump(dict(values), default_flow_style=None, sort_keys=False)
    return text


def _expect_supported(keys: _Keys) -> None:
    refused = {
        "training.neural_texture": not keys.flag("training.neural_texture", True, quiet=True),
        "training.enc.mode": keys.text("training.enc.mode") not in ("", "texture"),
        "flame.subdivision.mouth": keys.values.get("flame.subdivision.mouth") not in (None, 0),
        "flame.n_pose": keys.values.get("flame.n_pose", _POSE_VALUES) != _POSE_VALUES,
        "gs.deform_weightnorm": keys.flag("gs.deform_weightnorm", False, quiet=True),
    }
    for key, is_refused in refused.items():
        if is_refused:
            raise WeightsError(
                f"{keys.title}: the variant {key} = {keys.values.get(key)!r:.40} of the model is "
                "not supported.",
                "The published configurations do not use it.",
            )


@dataclass(slots=True)
class _Keys:
    """Typed look-ups; remembers which keys had to be assumed."""

    values: Mapping[str, Any]
    title: str
    assumed: list[str] = field(default_factory=list)

    def flag(self, key: str, default: bool, *, quiet: bool = False) -> bool:
        value = self._or_default(key, default, quiet)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def whole(
        self, key: str, default: int, allowed: range | tuple[int, ...], *, quiet: bool = False
    ) -> int:
        value = self._or_default(key, default, quiet)
        if type(value) is not int or value not in allowed:
            powers = "" if isinstance(allowed, range) else ", a power of two"
            raise self._wrong(key, f"a whole number {min(allowed)}..{max(allowed)}{powers}")
        return value

    def wholes(self, key: str, default: tuple[int, ...], allowed: range) -> tuple[int, ...]:
        values = self._or_default(key, default, False)
        if not isinstance(values, list | tuple) or not 1 <= len(values) <= 8 or not all(
            type(value) is int and value in allowed for value in values
        ):  # fmt: skip
            raise self._wrong(key, f"a list of whole numbers up to {max(allowed)}")
        return tuple(values)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value or ""

    def word(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._or_default(key, default, False)
        if value not in allowed:
            raise self._wrong(key, f"one of {', '.join(allowed)}")
        return str(value)

    def words(
        self, key: str, default: tuple[str, ...], allowed: Mapping[str, int] | None = None
    ) -> tuple[str, ...]:
        """A list of names; the original writes `[None]` for none, and texts with spaces too."""
        values = self._or_default(key, default, allowed is None)
        if isinstance(values, str):
            values = values.replace(",", " ").split()
        if not isinstance(values, list | tuple):
            raise self._wrong(key, "a list of names")
        names = [name for name in values or () if name not in (None, "None")]
        is_known = allowed is None or all(name in list(allowed) for name in names)
        if not all(isinstance(name, str) for name in names) or not is_known:
            raise self._wrong(key, f"names among {', '.join(allowed or ('the parts',))}")
        if len(set(names)) != len(names):
            raise self._wrong(key, "each name once")
        return tuple(names)

    def _or_default(self, key: str, default: Any, quiet: bool) -> Any:
        value = self.values.get(key)
        if value is None:
            if not quiet:
                self.assumed.append(f"{key} = {default}")
            return default
        return value

    def _wrong(self, key: str, expected: str) -> WeightsError:
        return WeightsError(
            f"{self.title}: {key} should be {expected}, and is {self.values.get(key)!r:.60}.", _HINT
        )


class _FlatLoader(yaml.SafeLoader):
    """`yaml.safe_load` without merge keys, which can make much out of little."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leaves `<<` alone, so that it is refused like any unknown tag."""


def _parsed(text: str, title: str) -> dict[str, Any]:
    if len(text) > _MOST_LETTERS:
        raise WeightsError(f"{title} is too long for a configuration.", _HINT)
    try:
        content = yaml.load(text, Loader=_FlatLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WeightsError(f"{title} is not readable YAML.", _HINT) from error
    if not isinstance(content, dict):
        raise WeightsError(f"{title} is not a configuration.", _HINT)
    return {key: _plain(value, title) for key, value in content.items() if isinstance(key, str)}


def _plain(value: Any, title: str) -> Any:
    """Texts, numbers, truth values, nothing, and lists of them: what an avatar file can keep."""
    if isinstance(value, list):
        return [_plain_scalar(entry, title) for entry in value]
    return _plain_scalar(value, title)


def _plain_scalar(value: Any, title: str) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) < _MOST_WHOLE:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise WeightsError(
        f"{title} holds more than names with numbers, texts and lists of them.", _HINT
    )
