"""Every reader of untrusted bytes under damage and malice: refused in a sentence, or read rightly.

`python -m tests.fuzz.run` runs the same for as long as wanted, and makes one case again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz import run
from tests.fuzz.campaign import fault_of_words
from tests.fuzz.targets import TARGETS

CASES = 12
MANY = 10_000
FOUND = Path(__file__).resolve().parents[1] / "data" / "fuzz"
"""Files that once brought down a reader, in a folder for each target."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guard needs Linux")


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    """A few cases of each target, run in one process of their own."""
    return run.quick_reports(list(TARGETS), CASES)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_a_few_damaged_files_are_refused_in_words_or_read_rightly(
    name: str, reports: dict[str, dict[str, Any]]
) -> None:
    report = reports[name]
    assert not report["findings"], report["findings"]
    assert report["cases"] == CASES


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", TARGETS)
def test_ten_thousand_damaged_files_are_refused_in_words_or_read_rightly(name: str) -> None:
    report = run.quick_reports([name], MANY)[name]
    assert not report["findings"], report["findings"]
    assert report["accepted"] > 0


@pytest.mark.parametrize("name", TARGETS)
def test_its_seeds_are_read(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    read = 0
    for data in target.seeds():
        try:
            target.read(data, tmp_path)
        except target.refuses:
            continue
        read += 1
    assert read > 0


@pytest.mark.parametrize(
    "path", sorted(FOUND.rglob("*.*")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_was_found_once_stays_mended(path: Path, tmp_path: Path) -> None:
    target = TARGETS[path.parent.name.replace("_", " ")]
    fault = ""
    try:
        target.read(path.read_bytes(), tmp_path)
    except target.refuses as error:
        fault = fault_of_words(error)
    assert fault == ""
