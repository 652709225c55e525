"""A campaign: many cases against one target, each judged; the same seed gives the same cases."""

from __future__ import annotations

import random
import shutil
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests.fuzz.mutations import mutated, one_bit_turned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from tests.fuzz.guard import Spent
    from tests.fuzz.target import Target

_MOST_FINDINGS = 20
_FLIPS = 4
"""One case in so many turns one bit, where checksums should tell."""
_WRITTEN_AGAIN = 3
"""One case in so many that was read is written and read again."""


class Watch(Protocol):
    """Looks on while a case runs; see `Guard`."""

    def case(self, cpu_s: float, /) -> AbstractContextManager[Spent]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was broken.

    Args:
        case: its number; target, seed and number make it again.
        what: the kind, such as an exception's name; findings of one kind and place count once.
        detail: the last lines of the trace, or a sentence.
        data: the file.
    """

    case: int
    what: str
    detail: str
    data: bytes


@dataclass(slots=True)
class Report:
    """How a campaign went."""

    target: str
    cases: int = 0
    accepted: int = 0
    written_again: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    most_bytes: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON says it; without the files."""
        findings = [
            {"case": each.case, "what": each.what, "detail": each.detail}
            for each in self.findings.values()
        ]
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {**plain, "findings": findings}


def data_of_case(target: Target, seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """The file of one case."""
    dice = random.Random(f"{target.name} {seed} {number}")
    if target.tells_flips and number % _FLIPS == 0:
        return one_bit_turned(seeds[number // _FLIPS % len(seeds)], dice)
    return mutated(seeds, target.shape, dice)


def run_campaign(
    target: Target,
    numbers: Sequence[int],
    seed: int,
    guard: Watch,
    folder: Path,
    begins: Callable[[int], None] = lambda _: None,
) -> Report:
    """Run cases against a target.

    Args:
        target: what is tried.
        numbers: of the cases.
        seed: of all of them.
        guard: watches.
        folder: may be written to; emptied between cases that left something there.
        begins: told the number of each case before it runs.
    """
    report = Report(target.name)
    seeds = list(target.seeds())
    folder.mkdir(parents=True, exist_ok=True)
    for data in seeds:  # what is loaded lazily is loaded now; some seeds are there to be refused
        with suppress(*target.refuses):
            target.read(data, folder)
    meanings = [_meaning(target, data, folder) for data in seeds] if target.tells_flips else []
    start_s = time.monotonic()
    for number in numbers:
        data = data_of_case(target, seeds, seed, number)
        begins(number)
        case = _Case(target, number, data, folder)
        if target.tells_flips and number % _FLIPS == 0:
            case.wanted = meanings[number // _FLIPS % len(seeds)]
        _count(report, case, case.run(guard))
        if len(report.findings) >= _MOST_FINDINGS:
            break
    report.seconds = round(time.monotonic() - start_s, 2)
    shutil.rmtree(folder, ignore_errors=True)
    return report


def run_data(target: Target, data: bytes, guard: Watch, folder: Path, number: int = 0) -> Report:
    """Try one file."""
    report = Report(target.name)
    folder.mkdir(parents=True, exist_ok=True)
    case = _Case(target, number, data, folder)
    _count(report, case, case.run(guard))
    return report


def fault_of_words(error: Exception) -> str:
    """What is wrong with what a refusal says: one clear sentence, whatever names the file holds."""
    words = str(getattr(error, "message", error))
    is_clear = bool(words.strip()) and "\n" not in words and len(words) <= 2000
    return "" if is_clear else f"no clear sentence: {words!r:.300}"


def _count(report: Report, case: _Case, spent: Spent) -> None:
    report.cases += 1
    report.accepted += case.was_read
    report.written_again += case.was_written_again
    report.slowest_s = round(max(report.slowest_s, spent.cpu_s), 3)
    report.most_bytes = max(report.most_bytes, spent.memory_bytes)
    for finding in case.findings:
        report.findings.setdefault(finding.what, finding)


def _meaning(target: Target, data: bytes, folder: Path) -> bytes | None:
    """What a seed says; None for one that is there to be refused."""
    if target.write is None:
        raise ValueError(f"{target.name}: only what can be written can be compared")
    try:
        return target.write(target.read(data, folder), folder)
    except target.refuses:
        return None


class _Case:
    """One file, tried and judged."""

    def __init__(self, target: Target, number: int, data: bytes, folder: Path) -> None:
        self.findings: list[Finding] = []
        self.was_read = self.was_written_again = False
        self.wanted: bytes | None = None
        self._target, self._number = target, number
        self._data, self._folder = data, folder

    def run(self, guard: Watch) -> Spent:
        target = self._target
        value: Any = None
        with guard.case(target.cpu_s) as spent:
            try:
                value = target.read(self._data, self._folder)
                self.was_read = True
            except target.refuses as error:
                self._judge_words(error)
            except BaseException as error:  # every other kind is what is looked for
                if isinstance(error, KeyboardInterrupt):
                    raise
                self._found_error("", error)
        for each in spent.forbidden:
            self._found(f"forbidden: {each:.60}", each)
        if spent.memory_bytes > target.memory_bytes:
            self._found("memory", f"{spent.memory_bytes >> 20} MiB more than before")
        if self.was_read and target.write is not None:
            self._judge_written(value)
        return spent

    def _judge_words(self, error: Exception) -> None:
        fault = fault_of_words(error)
        if fault:
            self._found(f"words of {_place(error)}", fault)

    def _judge_written(self, value: Any) -> None:
        write = self._target.write
        is_flip = self.wanted is not None
        if write is None or not (is_flip or self._number % _WRITTEN_AGAIN == 0):
            return
        try:
            once = write(value, self._folder)
            again = write(self._target.read(once, self._folder), self._folder)
        except Exception as error:  # noqa: BLE001
            self._found_error("written again: ", error)
            return
        self.was_written_again = True
        if not self._target.same(once, again):
            self._found("written again: differs", f"{len(once)} and {len(again)} bytes")
        if is_flip and once != self.wanted:
            self._found("silently wrong", "one bit of the file was turned, and nobody noticed")

    def _found_error(self, start: str, error: BaseException) -> None:
        trace = traceback.format_exception(type(error), error, error.__traceback__)
        self._found(f"{start}{type(error).__name__} in {_place(error)}", "".join(trace)[-1500:])

    def _found(self, what: str, detail: str) -> None:
        self.findings.append(Finding(self._number, what, detail, self._data))


def _place(error: BaseException) -> str:
    """Where in our own code an exception came through last."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if "/avatar_core/" in each.filename or "/app/" in each.filename]
    own = [each for each in own if "/tests/" not in each.filename] or list(frames)
    if not own:
        return "nowhere"
    return f"{'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno}"
