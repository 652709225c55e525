"""Whatever plain data and bytes there can be: Hypothesis looks for the smallest that does harm."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from avatar_core.commands import Record, command_from_record
from avatar_core.commands.command import registered
from avatar_core.errors import AvatarError, ProjectFormatError
from avatar_core.io.take_file import take_from_bytes
from tests.fuzz.campaign import run_data
from tests.fuzz.guard import Spent
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
"""All that JSON can say, and what Python's adds to it."""

IN_MEMORY = ("npy", "command", "EXIF, animation", "TIFF header", "training events", "timecodes")

few = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def take() -> dict[str, bytes]:
    """The files of a take."""
    with zipfile.ZipFile(io.BytesIO(TARGETS["take"].seeds()[0])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@few
@given(
    data=st.dictionaries(st.text(max_size=10), PLAIN), kind=st.sampled_from(sorted(registered()))
)
def test_commands_of_any_data_are_refused_in_words(data: dict[str, Any], kind: str) -> None:
    with pytest.raises(ProjectFormatError):
        command_from_record(Record(kind, data))


@few
@given(value=PLAIN, place=st.integers(0, 30))
@example(value=float("nan"), place=2)
@example(value=10**400, place=3)
def test_a_take_with_any_value_anywhere_is_refused_or_whole(
    value: Any, place: int, take: dict[str, bytes]
) -> None:
    manifest = json.loads(take["manifest.json"])
    manifest[sorted(manifest)[place % len(manifest)]] = value
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in take.items():
            is_manifest = name == "manifest.json"
            archive.writestr(name, json.dumps(manifest) if is_manifest else content)
    with suppress(AvatarError):
        assert len(take_from_bytes(stream.getvalue())) > 0


class _Unwatched:
    """A guard's place in a process that is not to be watched: a test's own."""

    @contextmanager
    def case(self, _cpu_s: float) -> Iterator[Spent]:
        yield Spent()


@pytest.mark.parametrize("name", IN_MEMORY)
@few
@given(start=st.binary(max_size=40), end=st.binary(max_size=40), cut=st.integers(0, 400))
def test_any_bytes_before_and_behind_are_refused_in_words_or_read_rightly(
    name: str, start: bytes, end: bytes, cut: int, tmp_path: Path
) -> None:
    target = TARGETS[name]
    seed = target.seeds()[0]
    for data in (start + end, seed[:cut] + end, start + seed[cut:]):
        report = run_data(target, data, _Unwatched(), tmp_path)
        assert not report.findings, [each.detail for each in report.findings.values()]
