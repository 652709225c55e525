"""The core of Avatar Studio, without a window: edit, perform and render neural head avatars.

    import avatar_core

    job = avatar_core.RenderJob(out="hello.mp4", avatar="demo", drive="demo")
    avatar_core.render_job(job)

What stands here is meant to be used by programs, and stays. Everything is loaded when it is first
asked for: `import avatar_core` takes no time, and torch comes only with a neural face.

| name | what it is |
|---|---|
| `Session` | a project with its history: `open`, `push`, `undo`, `save` |
| `Project`, `open_project` | the document alone, and how it is read |
| `commands` | all edits of a document, for `Session.push` |
| `AvatarAsset`, `load_avatar`, `save_avatar` | an avatar as plain arrays |
| `HairCanvas` | changes the hair of an avatar, Gaussian by Gaussian |
| `MotionFrame`, `Take`, `load_take`, `save_take` | performances |
| `take_from_film` | the face in a film as a take |
| `load_performance` | any take, table, film, picture or sound as a performance |
| `Portrait`, `open_portrait` | one picture of a person that performs |
| `RenderJob`, `render_job` | a film from plain data, at full quality, in pieces that can go on |
| `Batch`, `load_batch`, `run_batch` | many films, from a `jobs.yaml` or not; `BatchReport` |
| `AvatarError`, `Cancelled` | what goes wrong, in a sentence with a hint; and a stop |

Work that takes long hears `progress(done, total)`, which may raise `Cancelled`. Arrays are numpy's;
shapes and units stand in the docstrings. Three examples: `resources/examples`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "AvatarAsset": "project",
    "AvatarError": "errors",
    "Batch": "batch.jobs_file",
    "BatchReport": "batch.run",
    "Cancelled": "errors",
    "HairCanvas": "hair.canvas",
    "MotionFrame": "motion",
    "Portrait": "project",
    "Project": "project",
    "RenderJob": "recording.render_job",
    "Session": "session",
    "Take": "motion",
    "commands": "",
    "load_avatar": "batch.subjects",
    "load_batch": "batch.jobs_file",
    "load_performance": "recording.performance",
    "load_take": "io.take_file",
    "open_portrait": "batch.subjects",
    "open_project": "batch.subjects",
    "render_job": "batch.render",
    "run_batch": "batch.run",
    "save_avatar": "io.avatar_file",
    "save_take": "io.take_file",
    "take_from_film": "recording.film_take",
}
"""Where each name lives: modules below this one."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home:
        return import_module(f"{__name__}.{name}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
