"""Speech models and sounds as jobs for the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.workers.tasks import TaskContext
    from avatar_core.exchange.speech_import import ImportedSpeech
    from avatar_core.motion import SpeechStyle, Take

# What speaks is loaded on the task's thread.


def import_speech_file(path: Path, task: TaskContext) -> ImportedSpeech:
    """Make a file part of the studio; raises as `import_speech`."""
    from avatar_core.exchange.speech_import import import_speech

    return import_speech(path, task.step)


def take_of_sound(path: Path, style: SpeechStyle, task: TaskContext) -> Take:
    """What is said in a file as a take; raises as `take_from_sound`."""
    task.step(0.0, "Listening")
    from avatar_core.recording.sound_take import take_from_sound

    return take_from_sound(path, style, lambda done, of: task.step(done / max(of, 1), "Speaking"))


def speech_words() -> str:
    """Which models speak, for the window; empty where the bundled one speaks everything."""
    from avatar_core.recording.speech_choice import speech_for_files, speech_for_live

    files, live = speech_for_files(), speech_for_live()
    if files.is_own and live.is_own:
        return "Your imported speech model speaks."
    if files.is_own and files.model.encoder is not None:
        heard = files.model.encoder.title
        return f"Takes from sound: your speech model, through Whisper {heard}. {live.note}"
    return files.note
