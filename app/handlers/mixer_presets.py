"""Presets of the mixer, put into the document as one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.commands import ApplyMixerPreset
from avatar_core.motion.shares import is_speech

if TYPE_CHECKING:
    from app.handlers.context import StudioContext

MOUTH = "Mouth from microphone"


def use_preset(context: StudioContext, name: str) -> None:
    """Set the mixer as a preset wants it, and add the driver that it needs."""
    context.push(ApplyMixerPreset.of(context.project, name))


def give_mouth(context: StudioContext, voice: str) -> None:
    """Let a driver that hears a voice move the mouth, and the main driver the rest.

    Args:
        context: the document.
        voice: URI of one in the list; others that hear a voice go on, but move nothing.
    """
    project = context.project
    others = (uri for uri in project.drivers if not is_speech(uri))
    beside = (*([] if voice == project.source else [voice]), *others)
    context.push(ApplyMixerPreset.of(project, MOUTH, beside))
