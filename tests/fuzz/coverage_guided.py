"""Atheris on one target: libFuzzer, guided by which lines of our readers a file reaches."""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def fuzz(name: str, options: list[str]) -> int:
    """Run until something is found, or as long as libFuzzer's options say.

    Args:
        name: of the target; nothing of the studio may have been imported yet.
        options: of libFuzzer, such as `-runs=10000` and a folder of files to begin with.
    """
    try:
        import atheris
    except ImportError:
        sys.stderr.write("atheris is missing: pip install -e '.[fuzz]' (Linux and macOS).\n")
        return 2
    with atheris.instrument_imports(include=["avatar_core"]):
        from tests.fuzz.targets import TARGETS
    if name not in TARGETS:
        raise SystemExit(f"no target {name!r}; there are: {', '.join(TARGETS)}")
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix="atheris-") as folder:
        work, corpus = Path(folder) / "work", Path(folder) / "corpus"
        work.mkdir()
        corpus.mkdir()

        def one(data: bytes) -> None:
            with suppress(*target.refuses):
                target.read(data, work)

        for number, data in enumerate(target.seeds()):  # some are there to be refused
            (corpus / f"seed-{number}").write_bytes(data)
            one(data)
        atheris.Setup([sys.argv[0], *options, str(corpus)], one)
        atheris.Fuzz()
    return 0
