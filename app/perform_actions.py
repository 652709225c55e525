"""Actions of driving, calibrating and recording: their words, icons and default shortcuts."""

from __future__ import annotations

from app.action_spec import ActionSpec
from app.theme import COLOURS

PERFORM_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("perform.play", "&Play", "Space", "Play or pause the take", "play"),
    ActionSpec("perform.stop", "&Stop", "Shift+Space", "Stop the take and go back to the source",
               "stop"),
    ActionSpec("perform.loop", "&Loop", "L", "Begin the take again after its end", "loop",
               checkable=True),
    ActionSpec("perform.mute", "M&ute", "", "Silence takes and films; clips keep their sound",
               "unmuted", checkable=True),
    ActionSpec("perform.record_take", "&Record take", "R",
               "Record what moves the avatar, to play it again on any avatar", "record",
               checkable=True, colour=COLOURS.record),
    ActionSpec("perform.record_clip", "Record &clip", "Shift+R",
               "Record a film of the viewport with sound, and the take it shows", "clip",
               checkable=True),
    ActionSpec("perform.calibrate", "C&alibrate", "C",
               "Take the driver's face as it is now for neutral", "calibrate"),
    ActionSpec("perform.countdown", "Calibrate after a coun&tdown", "Shift+C",
               "Wait a few seconds, then calibrate", "timer"),
    ActionSpec("perform.range", "Calibrate ran&ge …", "Shift+N",
               "Ask for the strongest smile, jaw and brows, and make up for what a tracker misses",
               "smile"),
    ActionSpec("perform.gaze", "Centre ga&ze", "Shift+G",
               "The driver's person looks straight ahead now", "target"),
    ActionSpec("perform.mouth", "Mouth from micropho&ne", "Ctrl+M",
               "The voice moves the mouth, the main driver all else; adds the microphone",
               "microphone"),
    ActionSpec("perform.mirror", "&Mirror", "M", "Swap the driver's left and right", "mirror",
               checkable=True),
    ActionSpec("perform.open_driver", "&Drive from video or picture …", "Ctrl+Shift+O",
               "Drive the avatar from a file", "video"),
    ActionSpec("perform.sliders", "Drive with sliders &only", "", "No driver but the sliders",
               "sliders"),
    ActionSpec("perform.latency", "Latency t&est …", "",
               "Measure how long a picture takes from the camera to the screen", "latency"),
    ActionSpec("perform.recordings", "Sho&w recordings", "",
               "Open the folder with the recorded clips", "folder"),
)  # fmt: skip
