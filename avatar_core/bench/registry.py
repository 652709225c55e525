"""Which benches there are, and how they are run."""

from __future__ import annotations

import importlib
import logging
import os
import platform
from typing import TYPE_CHECKING, TypeAlias

from avatar_core.errors import AssetError, AvatarError
from avatar_core.training.bench_lock import bench_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

Results: TypeAlias = dict[str, object]
"""Numbers, words, or None for what cannot be measured here, by key."""

SECONDS_VARIABLE = "AVATAR_STUDIO_BENCH_SECONDS"
"""Environment variable: how long benches measure that only tell with time; a minute without it."""

_MODULES = (
    "startup", "sort", "ply", "splats", "decode", "parity", "viewport", "tracker", "recorder",
    "latency", "groom", "paint", "portrait", "speech", "retarget",
)  # fmt: skip


def _lazy(name: str) -> Callable[[], Results]:
    """The `run` of a bench module, imported when it is called: some need what others lack."""

    def run() -> Results:
        module = importlib.import_module(f"avatar_core.bench.{name}")
        results: Results = module.run()
        return results

    return run


BENCHES: dict[str, Callable[[], Results]] = {name: _lazy(name) for name in _MODULES}
"""Each gives its results as one flat dictionary."""


def run_benches(names: Iterable[str] = (), follow: Callable[[str], None] | None = None) -> Results:
    """Run benches one after the other; training in other processes waits meanwhile.

    Args:
        names: which, in any order; all when there are none.
        follow: hears the name of each as it begins.

    Returns:
        All results as one flat dictionary. A bench that fails leaves `NAME_error` with the reason
        and does not keep the others from running.

    Raises:
        AssetError: there is no such bench.
    """
    wanted = list(dict.fromkeys(names)) or list(BENCHES)
    for name in wanted:
        if name not in BENCHES:
            raise AssetError(f"There is no bench '{name}'.", f"Choose from {', '.join(BENCHES)}.")
    results: Results = {}
    with bench_lock():
        for name in wanted:
            if follow is not None:
                follow(name)
            results.update(_outcome(name))
    return results


def _outcome(name: str) -> Results:
    try:
        return BENCHES[name]()
    except AvatarError as error:
        return {f"{name}_error": str(error)}
    except Exception as error:
        logger.exception("The bench %s failed", name)
        return {f"{name}_error": f"{type(error).__name__}: {error}"}


def machine() -> Results:
    """What the numbers were measured on."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "cpu": _cpu_name(),
        "cpu_cores": os.cpu_count(),
        "gl_renderer": _gl_renderer(),
    }


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            names = (
                line.partition(":")[2].strip() for line in file if line.startswith("model name")
            )
            return next(names, platform.processor())
    except OSError:
        return platform.processor()


def _gl_renderer() -> str | None:
    from avatar_core.render.offscreen import create_offscreen_context

    try:
        context = create_offscreen_context()
    except AvatarError:
        return None
    try:
        with context:
            return str(context.info["GL_RENDERER"])
    finally:
        context.release()
