"""Import of the released EMOPortraits weights as jobs for the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workers.mega_import import free_path
from avatar_core.errors import Cancelled, WeightsError
from avatar_core.io.portrait_model_file import save_portrait_model
from avatar_core.io.portrait_models import SUFFIX, user_models_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.workers.tasks import TaskContext
    from avatar_core.geometry import Float32, UInt8

    RenderedFaces = Callable[[Callable[[float], None]], Iterator[tuple[UInt8, Float32]]]

DEMO_FACES = "renders of the demo avatar"
"""Where a model learnt what weights mean, when no film was given."""


@dataclass(frozen=True, slots=True)
class PortraitPiece:
    """A file of the release.

    Args:
        name: what it is called.
        purpose: what it holds, and what is missing without it.
        is_needed: whether nothing works without it.
        path: where it was found, or None.
        licence: its text, as far as it is known.
    """

    name: str
    purpose: str
    is_needed: bool
    path: Path | None
    licence: str


@dataclass(frozen=True, slots=True)
class PortraitRelease:
    """What there is in a folder.

    Args:
        folder: the one that was looked into.
        pieces: every file of the release that counts.
        problem: a sentence on why it cannot be imported, or empty.
    """

    folder: Path
    pieces: tuple[PortraitPiece, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PortraitImport:
    """What the user wants imported.

    Args:
        folder: around the unpacked release.
        film: of one face that does much, from which the model learns what weights mean to it;
            None for renders of the demo avatar.
    """

    folder: Path
    film: Path | None = None


@dataclass(frozen=True, slots=True)
class PortraitImported:
    """A saved model.

    Args:
        path: its file.
        name: what the list of engines calls it.
        notes: sentences; what was missed, assumed or left out.
    """

    path: Path
    name: str
    notes: tuple[str, ...]


def look_into_release(folder: Path, task: TaskContext) -> PortraitRelease:
    """Find the pieces of a release; reads names alone.

    Raises:
        Cancelled: the task was stopped.
    """
    task.step(0.0, "Looking into the folder")
    # torch is loaded only now, on the task's thread.
    from avatar_core.exchange.portrait_folder import (
        HEAD_POSE,
        PortraitPieces,
        find_portrait_files,
        find_portrait_pieces,
    )
    from avatar_core.exchange.portrait_import import LICENCE

    try:
        found, problem = find_portrait_pieces(folder), ""
        find_portrait_files(folder)
    except WeightsError as error:
        problem = f"{error.message} {error.hint}".strip()
        found = (
            find_portrait_pieces(folder)
            if folder.is_dir()
            else PortraitPieces(None, None, None, None)
        )
    task.step(1.0)
    rows = (
        ("NNN_model.pth", "The generator, in logs.zip.", True, found.checkpoint),
        (HEAD_POSE, "The head-pose network, in repos.zip.", True, found.head_pose),
        ("args.txt", "How the generator was trained, in logs.zip; without it sizes are read off"
         " the weights.", False, found.arguments),
        ("logs_s2", "The second stage, in logs_s2.zip; without it pictures stay smaller.", False,
         found.enhancer),
    )  # fmt: skip
    pieces = tuple(
        PortraitPiece(name if path is None else path.name, purpose, is_needed, path, LICENCE)
        for name, purpose, is_needed, path in rows
    )
    return PortraitRelease(folder, pieces, problem)


def import_portraits(
    wanted: PortraitImport, rendered: RenderedFaces, task: TaskContext
) -> PortraitImported:
    """Import a release as a new model, and teach it what motion means.

    No file that exists is written over.

    Args:
        wanted: the folder, and a film of a face if there is one.
        rendered: faces to learn from where there is none, as `demo_faces.rendered_faces`.
        task: what this runs as.

    Raises:
        AvatarError: what `import_portrait_model`, `taught` and `save_portrait_model` raise;
            nothing was saved then.
        Cancelled: the task was stopped; nothing was saved.
    """
    task.step(0.0, "Starting")
    from avatar_core.exchange.motion_map import filmed_faces, taught
    from avatar_core.exchange.portrait_import import import_portrait_model

    done = import_portrait_model(
        wanted.folder, step=lambda fraction, text: task.step(0.4 * fraction, text)
    )

    def learn(fraction: float) -> None:
        task.step(0.4 + 0.5 * fraction, "Learning what weights mean")

    if wanted.film is None:
        model = taught(done.model, rendered(learn), DEMO_FACES)
    else:
        model = taught(done.model, filmed_faces(wanted.film, learn), wanted.film.name)
    task.step(0.9, "Saving")
    path = free_path(user_models_folder(), model.info.name, SUFFIX)
    save_portrait_model(model, path)
    try:
        task.step(1.0, "Saved")
    except Cancelled:
        path.unlink(missing_ok=True)
        raise
    return PortraitImported(path, model.info.name, done.notes)
