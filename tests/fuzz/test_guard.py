"""The guard and the judge notice what they are there for; each was a reader's fault once."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from avatar_core.errors import AssetError
from tests.fuzz.mutations import mutated
from tests.fuzz.target import Shape
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guard needs Linux")

_TRIAL = """
import json, os, pickle, shutil, sys, tempfile, time
from pathlib import Path
from avatar_core.errors import AssetError
from tests.fuzz.campaign import run_data
from tests.fuzz.guard import Guard
from tests.fuzz.target import MIB, Target

class Attack:  # harmless, but the guard must stop it all the same
    def __reduce__(self):
        return os.getpid, ()

def refuses(data, folder):
    raise AssetError("No.", "Try another.")

def raises(data, folder):
    raise KeyError("a")

def writes_elsewhere(data, folder):
    (folder.parent.parent / "elsewhere").write_bytes(b"")

def writes_here(data, folder):
    (folder / "here").write_bytes(b"")

def removes(folder):
    (folder / "some" / "folder").mkdir(parents=True)
    (folder / "some" / "folder" / "file").write_bytes(b"")
    shutil.rmtree(folder / "some")

def removes_elsewhere(data, folder):
    shutil.rmtree(folder.parent.parent / "others")

def removes_here(data, folder):
    removes(folder)

def unpickles(data, folder):
    pickle.loads(pickle.dumps(Attack()))

def starts(data, folder):
    os.system("true")

def connects(data, folder):
    import socket
    socket.socket().connect(("127.0.0.1", 9))

def hangs(data, folder):
    while True:
        pass

def swallows(data, folder):
    try:
        open("/tmp/elsewhere", "w")
    except Exception:
        pass

def takes_memory(data, folder):
    return len(b"1" * (200 * MIB))

def says_too_much(data, folder):
    raise AssetError("a\\nb", "")

def nothing(data, folder):
    return data

faults = {}
with tempfile.TemporaryDirectory() as folder, Guard(Path(folder) / "work") as guard:
    (Path(folder) / "work").mkdir()
    (Path(folder) / "others").mkdir()
    for read in (refuses, raises, writes_elsewhere, writes_here, removes_elsewhere, removes_here,
                 unpickles, starts, connects, hangs, swallows, takes_memory, says_too_much,
                 nothing):
        target = Target(read.__name__, lambda: [b""], read, memory_bytes=64 * MIB, cpu_s=1.0)
        report = run_data(target, b"", guard, Path(folder) / "work" / "case")
        faults[read.__name__] = sorted(report.findings)
    changes = Target("changes", lambda: [b""], nothing, write=lambda value, _: value + b"!")
    faults["changes"] = sorted(run_data(changes, b"", guard, Path(folder) / "work").findings)
print(json.dumps(faults))
"""


@pytest.fixture(scope="module")
def faults() -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _TRIAL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("reader", "finding"),
    [
        ("raises", "KeyError"),
        ("writes_elsewhere", "forbidden: opened"),
        ("removes_elsewhere", "forbidden: shutil.rmtree"),
        ("unpickles", "forbidden: unpickled"),
        ("starts", "forbidden: os.system"),
        ("connects", "forbidden: socket.connect"),
        ("hangs", "forbidden: ran too long"),
        ("swallows", "forbidden: opened"),
        ("takes_memory", "memory"),
        ("says_too_much", "words"),
        ("changes", "written again: differs"),
    ],
)
def test_a_fault_is_found(reader: str, finding: str, faults: dict[str, list[str]]) -> None:
    assert any(each.startswith(finding) for each in faults[reader]), faults[reader]


@pytest.mark.parametrize("reader", ["refuses", "writes_here", "removes_here", "nothing"])
def test_what_is_allowed_is_no_finding(reader: str, faults: dict[str, list[str]]) -> None:
    assert faults[reader] == []


@pytest.mark.parametrize("name", ["project", "npy", "PNG mask", "safetensors", "Live Link CSV"])
def test_the_same_seed_makes_the_same_cases(name: str) -> None:
    target = TARGETS[name]
    made = [
        [mutated(list(target.seeds()), target.shape, random.Random(f"{n}")) for n in range(40)]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(set(made[0])) > 30


def test_mutations_reach_what_lies_inside_an_archive() -> None:
    seeds = list(TARGETS["take"].seeds())
    changed = 0
    for number in range(60):
        data = mutated(seeds, Shape.ZIP, random.Random(number))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                changed += archive.testzip() is None and data not in seeds
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError):
            continue
    assert changed > 15


def _start_instead(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    """Run these lines of Python wherever a worker is to be started."""
    start = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return start([sys.executable, "-c", "\n".join(lines), *command[3:]], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", popen)


def test_a_crash_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fuzz import run

    lines = [
        "import os, struct, sys",
        "folder = sys.argv[sys.argv.index('--worker') + 1]",
        "first = int(sys.argv[sys.argv.index('--first') + 1])",
        "open(folder + '/place', 'wb').write(struct.pack('<q', max(first, 3)))",
        "os.abort() if first <= 3 else open(folder + '/reports', 'w').write("
        '\'{"target": "npy", "cases": 6, "findings": []}\\n\')',
    ]
    _start_instead(monkeypatch, lines)
    report = run.quick_reports(["npy"], 10)["npy"]
    assert report["cases"] == 10
    assert [each["case"] for each in report["findings"]] == [3]


def test_a_target_that_fails_before_its_first_case_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.fuzz import run

    lines = [
        "import sys",
        "from dataclasses import replace",
        "from tests.fuzz.run import main",
        "from tests.fuzz.targets import TARGETS",
        "TARGETS['npy'] = replace(TARGETS['npy'], seeds=lambda: [b''] + 'no seeds')",
        "raise SystemExit(main(sys.argv[1:]))",
    ]
    _start_instead(monkeypatch, lines)
    with pytest.raises(RuntimeError, match=r"(?s)npy: .*before the first case.*TypeError"):
        run.quick_reports(["npy"], 3)


@pytest.mark.parametrize("names", [[], ["npy", "npz"]])
def test_atheris_asks_for_one_target(names: list[str]) -> None:
    from tests.fuzz import run

    with pytest.raises(SystemExit, match="one target"):
        run.main([*names, "--atheris"])


def test_errors_of_the_studio_are_what_readers_may_raise() -> None:
    assert all(
        issubclass(AssetError, target.refuses) or target.name.startswith("phone")
        for target in TARGETS.values()
    )
