"""The mixer's panel and the document: groups, presets, idle motion, speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.handlers.mixer_presets import MOUTH, use_preset
from app.handlers.speech_files import SpeechFilesHandler
from app.panels.mixer import MixerPanel
from avatar_core.commands import (
    MixerOption,
    SetIdle,
    SetMixerGroup,
    SetMixerOption,
    SetSpeechStyle,
)
from avatar_core.motion import ChannelGroup, GroupSettings
from avatar_core.motion.mixer_presets import PRESETS
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.drivers import DriverListHandler
    from avatar_core.motion import IdleSettings, SpeechStyle


class MixingHandler(QObject):
    """Joins the mixer's panel with the document.

    Args:
        context: the document.
        drivers: the list of drivers, whom presets choose from.
    """

    def __init__(self, context: StudioContext, drivers: DriverListHandler) -> None:
        super().__init__(context.window)
        self._context = context
        self._drivers = drivers
        self.panel = MixerPanel()
        self.panel.show_presets({name: preset.tip for name, preset in PRESETS.items()})
        self.speech_files = SpeechFilesHandler(context, self.panel)
        self.speech_files.model_changed.connect(drivers.renew_speech)
        self._connect_panel()
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)
        drivers.listed.connect(self._show_drivers)

    def refresh(self) -> None:
        """Show the mixer as it is now."""
        self.panel.show_mixer(self._context.project.mixer)
        self._show_drivers()
        self.speech_files.refresh()

    def shutdown(self) -> None:
        """Stop what runs in the background."""
        self.speech_files.shutdown()

    # requests

    def _connect_panel(self) -> None:
        panel, session = self.panel, self._context.session
        panel.preset_wanted.connect(lambda name: use_preset(self._context, name))
        panel.mouth_wanted.connect(lambda: use_preset(self._context, MOUTH))
        panel.group_edited.connect(self._set_group)
        panel.relative_edited.connect(lambda value: self._set_option(MixerOption.RELATIVE, value))
        panel.mirror_edited.connect(lambda value: self._set_option(MixerOption.MIRROR, value))
        panel.gaze_hold_edited.connect(lambda on: self._set_option(MixerOption.HOLDS_GAZE, on))
        panel.idle_edited.connect(self._set_idle)
        panel.speech_edited.connect(self._set_speech)
        panel.reset_requested.connect(self._reset)
        panel.gesture_started.connect(session.begin_gesture)
        panel.gesture_ended.connect(session.end_gesture)
        panel.gesture_cancelled.connect(session.cancel_gesture)

    def _set_group(self, group: ChannelGroup, settings: GroupSettings) -> None:
        self._context.push(SetMixerGroup.of(self._context.project, group, settings))

    def _set_option(self, option: MixerOption, value: float | bool) -> None:
        self._context.push(SetMixerOption.of(self._context.project, option, value))

    def _set_idle(self, idle: IdleSettings) -> None:
        self._context.push(SetIdle.of(self._context.project, idle))

    def _set_speech(self, style: SpeechStyle) -> None:
        self._context.push(SetSpeechStyle.of(self._context.project, style))

    def _reset(self) -> None:
        with self._context.session.gesture("Reset mixer"):
            for group in ChannelGroup:
                self._set_group(group, GroupSettings())

    # showing

    def _changed(self, change: Change) -> None:
        if Part.MIXER in change.parts:
            self.panel.show_mixer(self._context.project.mixer)

    def _show_drivers(self) -> None:
        source = self._context.project.source
        uris = (source, *(uri for uri in self._drivers.uris if uri != source))
        self.panel.show_drivers(uris, self._drivers.names)
