"""`import-speech`: a speech model or the encoder of a Whisper model becomes the studio's."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

_DESCRIPTION = """\
Make a speech model of train-speech, or the encoder of a Whisper model that you have, part of the
studio: model.safetensors of Hugging Face or a .pt of OpenAI, of any size. What a file is, it tells
by itself. A speech model that hears through Whisper speaks sound files (render --drive voice.wav,
and takes made of sounds in the window); live speech goes on with the studio's own model. Nothing is
downloaded, and nothing in a file is executed."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "import-speech",
        help="make a speech model or a Whisper encoder the studio's",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("file", metavar="FILE", type=Path, nargs="?")
    chosen.add_argument("--forget", action="store_true", help="go back to the bundled speech model")
    parser.add_argument("--json", action="store_true", help="print what was imported as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, and tell what it was."""
    if arguments.forget:
        from avatar_core.io.speech_files import forget_user_speech

        was_there = forget_user_speech()
        sys.stdout.write(
            "The bundled speech model speaks again.\n"
            if was_there
            else "No speech model was imported; the bundled one speaks.\n"
        )
        return 0
    # torch is loaded only now, so that `--help` answers at once.
    from avatar_core.exchange.speech_import import import_speech

    imported = import_speech(arguments.file)
    if arguments.json:
        told = {
            "part": imported.part.value,
            "path": str(imported.path),
            "title": imported.title,
            "sha256": imported.sha256,
            "note": imported.note,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        return 0
    sys.stdout.write(f"{imported.path}: {imported.part.value}, {imported.title}\n")
    if imported.note:
        sys.stderr.write(f"{imported.note}\n")
    return 0
