from __future__ import annotations

import copy

from avatar_core.motion import ChannelGroup, GroupSettings, MixerSettings, MotionFrame


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
        return MixerSettings(neutral=MotionFrame.from_units(jawOpen=0.1), relative=0.5)

    assert settings() == settings()
    assert settings() == copy.deepcopy(settings())
    assert settings() != MixerSettings(neutral=MotionFrame.from_units(jawOpen=0.2), relative=0.5)
    assert settings() != MixerSettings(relative=0.5)
    assert MixerSettings() != MixerSettings(mirror=True)
    assert MixerSettings() != MixerSettings().with_group(ChannelGroup.JAW, GroupSettings(gain=0))
    assert MixerSettings() != "settings"
