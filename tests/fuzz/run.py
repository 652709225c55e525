"""The fuzzers' command line: `python -m tests.fuzz.run [TARGET...] --cases 10000`.

Each target runs in a process of its own, so that what brings down the process is a finding too. A
finding prints the command that makes it again; `--keep FOLDER` writes its file.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import logging
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.campaign import Report

ROOT = Path(__file__).resolve().parents[2]
CASES = 10_000
_LOOK_S = 0.2
_NO_CASE = -1
"""Where a worker stands that is in no case."""
_MOST_SILENT_S = 60
"""Seconds of this process after which a case without an end is given up."""


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for; 1 when something was found."""
    options = _options().parse_args(arguments)
    if options.worker:
        return _work(options)
    if options.atheris:
        if len(options.targets) != 1:
            raise SystemExit("--atheris takes one target")
        from tests.fuzz.coverage_guided import fuzz

        return fuzz(options.targets[0], options.rest)
    from tests.fuzz.targets import TARGETS

    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        raise SystemExit(f"no target {unknown[0]!r}; there are: {', '.join(TARGETS)}")
    names = options.targets or list(TARGETS)
    if options.list:
        sys.stdout.write("\n".join(TARGETS) + "\n")
        return 0
    found = False
    for report in run_many(names, options):
        found = _told(report, options) or found
    return int(found)


def run_many(names: list[str], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The report of each target, all in one process as long as none brings it down.

    A crash is a finding of its target, whose other cases follow in a new process.

    Raises:
        RuntimeError: a process ended before its target's first case, so another one would too.
    """
    waiting = list(names)
    first = options.first if options.case is None else options.case
    last = first + (options.cases if options.case is None else 1)
    halves: dict[str, dict[str, Any]] = {}
    begin = first
    while waiting:
        now = waiting if begin == first else waiting[:1]  # the rest after a crash
        with _Worker(list(now), begin, last, options) as worker:
            for report in worker.reports():
                name = waiting.pop(0)
                yield _joined(halves.pop(name, None), report)
                begin = first
            if worker.is_done or not waiting:
                continue
            at = worker.case
            if not worker.is_in_case:
                raise RuntimeError(
                    f"{waiting[0]}: the process ended before the first case:\n{worker.last_words()}"
                )
            halves[waiting[0]] = _joined(
                halves.get(waiting[0]), _crash(waiting[0], begin, at, worker.last_words())
            )
            begin = at + 1
        if begin >= last:
            yield halves.pop(waiting.pop(0))
            begin = first


def quick_reports(names: list[str], cases: int, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Reports by name, for tests."""
    options = _options().parse_args(["--cases", str(cases), "--seed", str(seed)])
    return {report["target"]: report for report in run_many(names, options)}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("targets", nargs="*", help="which readers; all when left out")
    parser.add_argument("--cases", type=int, default=CASES, help="cases of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="run this one alone")
    parser.add_argument("--keep", type=Path, help="folder for the files of findings")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each target")
    parser.add_argument("--list", action="store_true", help="name all targets")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage, until stopped")
    parser.add_argument("--rest", nargs=argparse.REMAINDER, default=[], help="for atheris")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    return parser


def _told(report: dict[str, Any], options: argparse.Namespace) -> bool:
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
    else:
        sys.stdout.write(
            f"{report['target']:26} {report['cases']:6} cases {report.get('accepted', 0):6} read"
            f" {report.get('written_again', 0):5} again {report.get('seconds', 0):7.1f} s"
            f" slowest {report.get('slowest_s', 0):6.3f} s"
            f" {report.get('most_bytes', 0) >> 20:4} MiB {len(report['findings'])} found\n"
        )
        for each in report["findings"]:
            sys.stdout.write(f"  {each['what']}\n    python -m tests.fuzz.run '{report['target']}'")
            sys.stdout.write(f" --seed {options.seed} --case {each['case']}\n")
            if options.case is not None:
                sys.stdout.write(each["detail"] + "\n")
    sys.stdout.flush()
    return bool(report["findings"])


def _memory() -> str | None:
    """A folder in memory, where there is one: cases write and sync many small files."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _crash(name: str, first: int, at: int, words: str) -> dict[str, Any]:
    finding = {"case": at, "what": f"the process ended in case {at}", "detail": words}
    return {"target": name, "cases": at - first + 1, "findings": [finding]}


def _joined(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """Two parts of one campaign as one."""
    if one is None:
        return other
    joined = {**one, **other}
    for key in ("cases", "accepted", "written_again", "seconds"):
        joined[key] = one.get(key, 0) + other.get(key, 0)
    for key in ("slowest_s", "most_bytes"):
        joined[key] = max(one.get(key, 0), other.get(key, 0))
    joined["findings"] = one["findings"] + other["findings"]
    return joined


class _Worker:
    """A process that runs campaigns, watched from here."""

    def __init__(
        self, names: list[str], first: int, last: int, options: argparse.Namespace
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="fuzz-", dir=_memory())
        self._folder = Path(self._temporary.name)
        self._place = self._folder / "place"
        self._place.write_bytes(struct.pack("<q", _NO_CASE))
        self._first, self._wanted, self._told = first, len(names), 0
        command = [sys.executable, "-m", "tests.fuzz.run", *names, "--worker", str(self._folder)]
        command += ["--seed", str(options.seed), "--first", str(first)]
        command += ["--cases", str(last - first)]
        command += ["--keep", str(options.keep.absolute())] if options.keep else []
        with (self._folder / "words").open("wb") as words:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=words, stderr=words)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._temporary.cleanup()

    @property
    def case(self) -> int:
        """Number of the case it was in last."""
        return max(self._first, self._number)

    @property
    def _number(self) -> int:
        return int(struct.unpack("<q", self._place.read_bytes())[0])

    @property
    def is_done(self) -> bool:
        """Whether it ended by itself, with all that it was asked for."""
        return self._process.returncode in (0, 1) and self._told == self._wanted

    @property
    def is_in_case(self) -> bool:
        """Whether it has begun a case of the target that it was at last."""
        return self._number != _NO_CASE

    def last_words(self) -> str:
        """The end of what it wrote to its standard error."""
        return (self._folder / "words").read_text("utf-8", "replace")[-3000:]

    def reports(self) -> Iterator[dict[str, Any]]:
        """Each report as it is done, until the process ends or stays in one case for too long."""
        path = self._folder / "reports"
        before, silent_s = b"", 0.0
        while True:
            is_over = self._process.poll() is not None
            lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
            whole = [line for line in lines if line.endswith("\n")]
            for line in whole[self._told :]:
                self._told += 1
                yield json.loads(line)
            if is_over:
                return
            time.sleep(_LOOK_S)
            now = self._place.read_bytes()
            # Counted by turns of this loop: a pause of the machine is none of the worker's.
            silent_s = silent_s + _LOOK_S if now == before else 0.0
            before = now
            if silent_s > _MOST_SILENT_S:
                self._process.send_signal(signal.SIGABRT)  # it tells where it was
                self._process.wait()


def _work(options: argparse.Namespace) -> int:
    """In the worker: run the targets one after the other, telling where it stands."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from tests.fuzz.campaign import run_campaign
    from tests.fuzz.guard import Guard
    from tests.fuzz.targets import TARGETS

    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    work = options.worker / "work"
    work.mkdir()
    os.environ["XDG_CACHE_HOME"] = str(
        work / "cache"
    )  # where files that a project packs are opened
    found = False
    with (options.worker / "place").open("r+b") as file, Guard(work) as guard:
        place = mmap.mmap(file.fileno(), 8)

        def begins(number: int) -> None:
            place[:] = struct.pack("<q", number)

        for name in options.targets:
            target, first = TARGETS[name], options.first
            begins(_NO_CASE)  # seeds are made and read before the first one
            numbers = range(first, first + options.cases)
            report = run_campaign(target, numbers, options.seed, guard, work / "case", begins)
            with (options.worker / "reports").open("a", encoding="utf-8") as out:
                out.write(json.dumps(report.plain()) + "\n")
            found = found or bool(report.findings)
            if options.keep:
                _keep(options, report)
    return int(found)


def _keep(options: argparse.Namespace, report: Report) -> None:
    options.keep.mkdir(parents=True, exist_ok=True)
    for each in report.findings.values():
        label = f"{report.target}-{options.seed}-{each.case}".replace(" ", "_")
        (options.keep / label).write_bytes(each.data)


if __name__ == "__main__":
    raise SystemExit(main())
