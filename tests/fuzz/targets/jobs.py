"""What keeps work and hands it on: journals, render jobs, batches, ledgers, packed Gaussians."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from avatar_core.batch import queue_store
from avatar_core.batch.jobs_file import read_batch
from avatar_core.commands import command_from_record, record_from_bytes, record_to_bytes
from avatar_core.errors import AvatarError
from avatar_core.io.journal import JournalHeader, JournalOp, JournalReader, JournalWriter
from avatar_core.io.splat_file import read_splat, write_splat
from avatar_core.io.spz import read_spz, write_spz
from avatar_core.recording.ledger import Ledger, line_of
from tests.avatar_core.commands.command_examples import EXAMPLES
from tests.fuzz.target import MIB, Shape, Target, read_file, write_file
from tests.fuzz.targets.documents import small_avatar, small_project, written

_BATCH = b"""retries: 1
chunk: 30
defaults: {project: demo, size: 64x64, fps: 10, frames: 0-9}
jobs:
  - {out: a.mp4, camera: {turntable: 4.0}}
  - {out: "b_{take}.mp4", take: first}
matrix:
  take: [one, two]
  out: ["{take}.mp4"]
"""


def _spz() -> list[bytes]:
    return [written(lambda path: write_spz(path, small_avatar().hair), "a.spz")]


def _splats() -> list[bytes]:
    return [written(lambda path: write_splat(path, small_avatar().hair), "a.splat")]


def _same_splats(one: bytes, other: bytes) -> bool:
    """Turns are rounded to bytes each time they are written."""
    if len(one) != len(other):
        return False
    numbers = [np.frombuffer(each, np.uint8).astype(int) for each in (one, other)]
    return bool((np.abs(numbers[0] - numbers[1]) <= 1).all())


def _journals() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        writer = JournalWriter.create(path, JournalHeader("/a.studio", "ab" * 32))
        project = small_project()
        for kind in ("set_blendshape", "set_mixer_group", "set_active_take"):
            record = EXAMPLES[kind][0](project).to_record()
            writer.append(JournalOp.PUSH, [record_to_bytes(record)])
        writer.append(JournalOp.JUMP, [(1).to_bytes(4, "little")])
        writer.close()
        return [path.read_bytes()]


def _read_journal(path: Path) -> Any:
    reader = JournalReader(path)
    for payload in reader.payloads(reader.entries):
        try:
            command_from_record(record_from_bytes(payload))
        except AvatarError:
            continue
    return reader.header, reader.entries, reader.end, reader.is_damaged


def _read_batch(data: bytes, folder: Path) -> Any:
    return read_batch(data, "jobs.yaml", folder)


def _jobs() -> list[bytes]:
    batch = read_batch(b"jobs: [{project: demo, out: a.mp4, size: 64x64}]", "jobs.yaml", Path("/"))
    job = {"format": queue_store._FORMAT, "job": batch.jobs[0].record()}
    return [json.dumps(job).encode()]


def _ledgers() -> list[bytes]:
    return [b"".join(line_of({"piece": n, "sum": "ab", "state": "done"}) for n in range(3))]


def _read_ledger(path: Path) -> Any:
    return Ledger(path).entries


TARGETS = (
    Target("SPZ", _spz, read_file(read_spz, "a.spz"), memory_bytes=700 * MIB,
           write=write_file(lambda cloud, path: write_spz(path, cloud), "a.spz")),
    Target("splat", _splats, read_file(read_splat, "a.splat"), same=_same_splats,
           write=write_file(lambda cloud, path: write_splat(path, cloud), "a.splat")),
    Target("journal", _journals, read_file(_read_journal, "a.journal")),
    Target("batch YAML", lambda: [_BATCH], _read_batch, Shape.TEXT),
    Target("render job", _jobs, read_file(queue_store.load_job, "job.json"), Shape.JSON),
    Target("ledger", _ledgers, read_file(_read_ledger, "ledger"), Shape.TEXT),
)  # fmt: skip
