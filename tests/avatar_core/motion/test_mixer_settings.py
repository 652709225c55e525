from __future__ import annotations

import copy

from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    GroupSettings,
    IdleSettings,
    MixerSettings,
    MotionFrame,
    SpeechStyle,
)


def resting(jaw: float) -> dict[str, DriverProfile]:
    return {"camera:0": DriverProfile(MotionFrame.from_units(jawOpen=jaw))}


def test_every_group_has_settings_even_when_few_are_given() -> None:
    settings = MixerSettings(groups={ChannelGroup.JAW: GroupSettings(gain=2)})
    assert set(settings.groups) == set(ChannelGroup)
    assert settings.groups[ChannelGroup.JAW].gain == 2
    assert settings.groups[ChannelGroup.LIPS] == GroupSettings()


def test_with_group_leaves_the_original_alone() -> None:
    settings = MixerSettings()
    changed = settings.with_group(ChannelGroup.LIPS, GroupSettings(muted=True))
    assert changed.groups[ChannelGroup.LIPS].muted
    assert not settings.groups[ChannelGroup.LIPS].muted


def test_equal_when_they_would_mix_alike() -> None:
    def settings() -> MixerSettings:
        return MixerSettings(profiles=resting(0.1), relative=0.5)

    assert settings() == settings()
    assert settings() == copy.deepcopy(settings())
    assert settings() != MixerSettings(profiles=resting(0.2), relative=0.5)
    assert settings() != MixerSettings(relative=0.5)
    assert MixerSettings() != MixerSettings(mirror=True)
    assert MixerSettings() != MixerSettings().with_group(ChannelGroup.JAW, GroupSettings(gain=0))
    assert MixerSettings() != MixerSettings(idle=IdleSettings(blinks=1.0))
    assert MixerSettings() != MixerSettings(speech=SpeechStyle(amount=0.5))
    assert MixerSettings() != "settings"


def test_profiles_are_kept_by_device_in_one_order_and_only_where_something_is_known() -> None:
    known = resting(0.1)["camera:0"]
    settings = MixerSettings(profiles={"livelink:11111": known, "camera:1": DriverProfile()})
    added = settings.with_profile("camera:0?size=1280x720&fps=60", known)
    assert list(added.profiles) == ["camera:0", "livelink:11111"]
    assert added.profile("camera:0?fps=30") == known
    assert added.profile("camera:1") == DriverProfile()
    assert added.with_profile("camera:0", DriverProfile()) == settings
