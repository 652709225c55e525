"""Presets of the mixer: who moves what, and how strongly, in one step.

A preset of casting says which driver moves which group and leaves gains and smoothing alone; a
preset of style does it the other way round, so that one of each can be combined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError
from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.motion.idle import IdleSettings
from avatar_core.motion.mixer_settings import DriverShare, GroupSettings, MixerSettings
from avatar_core.motion.shares import MOUTH_GROUPS, SLIDERS, gives

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SPEECH = ("mic", "sound")
_PHONES = ("livelink", "ifacialmocap", "vmc", "openseeface")
_USUAL = {"mic": "mic:", "livelink": "livelink:11111"}
"""Which driver is added where a preset wants one and the list has none."""

_HEAD = frozenset({ChannelGroup.HEAD_TURN, ChannelGroup.HEAD_POSITION})
_FACE = frozenset(ChannelGroup) - _HEAD


@dataclass(frozen=True, slots=True)
class Cast:
    """Who drives: the main driver and, in the order of the list, those beside it."""

    main: str
    beside: tuple[str, ...] = ()

    def one_of(self, schemes: tuple[str, ...]) -> str | None:
        """The first driver of such a kind, those beside the main one first."""
        uris = (*self.beside, self.main)
        return next((uri for uri in uris if DriverAddress.parse(uri).scheme in schemes), None)

    def with_one_of(self, schemes: tuple[str, ...]) -> Cast:
        """The same and, where there was none, the usual driver of such a kind."""
        if self.one_of(schemes) is not None:
            return self
        return replace(self, beside=(*self.beside, _USUAL[schemes[0]]))


@dataclass(frozen=True, slots=True)
class MixerPreset:
    """One preset.

    Args:
        name: what the window calls it.
        tip: what it does, in a sentence.
        mixed: the controls, given those there were and who drives.
        wants: kinds of driver of which it needs one.
    """

    name: str
    tip: str
    mixed: Callable[[MixerSettings, Cast], MixerSettings]
    wants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mixing:
    """What a preset changes: the controls, and the list of drivers beside the main one."""

    mixer: MixerSettings
    drivers: tuple[str, ...]


def with_preset(name: str, mixing: Mixing, main: str) -> Mixing:
    """The controls after a preset, and the drivers it needs.

    Args:
        name: of the preset, as in `PRESETS`.
        mixing: the controls and drivers there are.
        main: URI of the main driver.

    Raises:
        AvatarError: there is no such preset.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise AvatarError(
            f"There is no preset of the mixer called '{name}'.",
            f"Choose one of: {', '.join(PRESETS)}.",
        )
    cast = Cast(main, mixing.drivers)
    if preset.wants:
        cast = cast.with_one_of(preset.wants)
    return Mixing(preset.mixed(mixing.mixer, cast), cast.beside)


def _cast(
    mixer: MixerSettings, drivers_of: Callable[[ChannelGroup], tuple[str, ...]]
) -> MixerSettings:
    groups = {
        group: replace(
            each, muted=False, drivers=tuple(DriverShare(uri) for uri in drivers_of(group))
        )
        for group, each in mixer.groups.items()
    }
    return replace(mixer, groups=groups)


def _main_alone(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    return _cast(mixer, lambda _group: ())


def _mouth_from_speech(mixer: MixerSettings, cast: Cast) -> MixerSettings:
    speech = cast.one_of(_SPEECH) or ""
    seen = (cast.main,) if cast.main != speech else ()
    whole = replace(mixer.speech, mouth_share=1.0)
    mixed = _cast(mixer, lambda group: (speech, *seen) if group in MOUTH_GROUPS else ())
    return replace(mixed, speech=whole)


def _speech_alone(mixer: MixerSettings, cast: Cast) -> MixerSettings:
    speech = cast.one_of(_SPEECH) or ""
    mixed = _cast(mixer, lambda group: (speech,) if gives(speech, group) else (SLIDERS,))
    return replace(mixed, idle=IdleSettings(blinks=1.0, head=0.3, breath=0.5))


def _phone(mixer: MixerSettings, cast: Cast) -> MixerSettings:
    phone = cast.one_of(_PHONES) or ""
    return _cast(mixer, lambda _group: (phone,))


def _face_from_phone(mixer: MixerSettings, cast: Cast) -> MixerSettings:
    phone = cast.one_of(_PHONES) or ""
    return _cast(mixer, lambda group: (phone,) if group in _FACE else ())


def _only_head(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    return _only(_HEAD, mixer)


def _only_face(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    return _only(_FACE, mixer)


def _only(heard: frozenset[ChannelGroup], mixer: MixerSettings) -> MixerSettings:
    groups = {
        group: replace(each, muted=group not in heard) for group, each in mixer.groups.items()
    }
    return replace(mixer, groups=groups)


def _styled(
    mixer: MixerSettings, style: Mapping[ChannelGroup, GroupSettings], usual: GroupSettings
) -> MixerSettings:
    groups = {}
    for group, each in mixer.groups.items():
        like = style.get(group, usual)
        groups[group] = replace(
            each, gain=like.gain, offset=like.offset, smoothing=like.smoothing, curve=like.curve
        )
    return replace(mixer, groups=groups)


def _calm(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    style = {
        ChannelGroup.HEAD_TURN: GroupSettings(gain=0.6, smoothing=0.75),
        ChannelGroup.HEAD_POSITION: GroupSettings(gain=0.5, smoothing=0.75),
        ChannelGroup.BROWS: GroupSettings(gain=0.8, smoothing=0.6, curve=0.3),
        ChannelGroup.LIDS: GroupSettings(smoothing=0.3),
        ChannelGroup.GAZE: GroupSettings(gain=0.8, smoothing=0.5),
        ChannelGroup.JAW: GroupSettings(smoothing=0.3),
        ChannelGroup.LIPS: GroupSettings(gain=0.9, smoothing=0.4),
    }
    return _styled(mixer, style, GroupSettings(gain=0.8, smoothing=0.5, curve=0.2))


def _lively(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    style = {
        ChannelGroup.HEAD_TURN: GroupSettings(gain=1.2, smoothing=0.2),
        ChannelGroup.HEAD_POSITION: GroupSettings(gain=1.2, smoothing=0.2),
        ChannelGroup.LIDS: GroupSettings(smoothing=0.1),
        ChannelGroup.GAZE: GroupSettings(smoothing=0.2),
        ChannelGroup.JAW: GroupSettings(gain=1.15, smoothing=0.1),
    }
    return _styled(mixer, style, GroupSettings(gain=1.3, smoothing=0.15, curve=-0.2))


def _usual(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    return _styled(mixer, {}, GroupSettings())


def _alive(mixer: MixerSettings, _who: Cast) -> MixerSettings:
    return replace(mixer, idle=IdleSettings(blinks=1.0, head=0.5, breath=0.6))


PRESETS: dict[str, MixerPreset] = {
    preset.name: preset
    for preset in (
        MixerPreset("Main driver", "The main driver moves everything.", _main_alone),
        MixerPreset(
            "Mouth from microphone",
            "Speech moves the mouth; smiles and all the rest come from the main driver.",
            _mouth_from_speech,
            _SPEECH,
        ),
        MixerPreset(
            "Microphone",
            "Speech moves mouth and head; blinks and breath come by themselves.",
            _speech_alone,
            _SPEECH,
        ),
        MixerPreset("Phone", "A phone or tracking app moves everything.", _phone, _PHONES),
        MixerPreset(
            "Face from phone",
            "A phone or tracking app moves the face, the main driver the head.",
            _face_from_phone,
            _PHONES,
        ),
        MixerPreset("Only head", "The face stays with the sliders.", _only_head),
        MixerPreset("Only face", "The head stays with the sliders.", _only_face),
        MixerPreset("Calm", "Smaller and smoother movements, small ones held back.", _calm),
        MixerPreset("Lively", "Larger and quicker movements, small ones raised.", _lively),
        MixerPreset(
            "As performed", "Gains, offsets, curves and smoothing as they were at first.", _usual
        ),
        MixerPreset(
            "Alive at rest", "Blinks, drift and breath where no driver moves the face.", _alive
        ),
    )
}
"""All presets by name, in the order of the menu."""
