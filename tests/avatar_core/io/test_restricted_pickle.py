"""Pickles of arrays are read, everything else in them is refused by name."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from avatar_core.errors import AssetError
from avatar_core.io.restricted_pickle import read_restricted_pickle

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, content: Any, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_numpy_arrays_and_plain_values(tmp_path: Path, protocol: int) -> None:
    content = {"a": np.arange(12.0).reshape(3, 4), "n": np.float64(2.5), "bs": [1, "x"]}
    found = read_restricted_pickle(write(tmp_path / "m.pkl", content, protocol))
    np.testing.assert_array_equal(found["a"], content["a"])
    assert found["n"] == 2.5
    assert found["bs"] == [1, "x"]


@pytest.mark.parametrize("kind", [sparse.csc_matrix, sparse.csr_matrix])
def test_sparse_matrices_become_dense(tmp_path: Path, kind: Any) -> None:
    dense = np.random.default_rng(0).random((5, 7)) * (np.arange(7) % 3 == 0)
    found = read_restricted_pickle(write(tmp_path / "m.pkl", {"J": kind(dense)}))
    np.testing.assert_allclose(found["J"], dense)


def test_chumpy_arrays_become_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("chumpy.ch")
    kind = type("Ch", (), {"__module__": "chumpy.ch"})
    module.Ch = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    wrapped = kind()
    wrapped.x = np.arange(6.0)
    for protocol in (0, 2):
        found = read_restricted_pickle(write(tmp_path / "m.pkl", {"v": wrapped}, protocol))
        np.testing.assert_array_equal(found["v"], np.arange(6.0))


def test_a_dictionary_saved_by_numpy(tmp_path: Path) -> None:
    content = {"ids": np.arange(3), "weights": np.eye(2, dtype=np.float32)}
    np.save(tmp_path / "m.npy", content, allow_pickle=True)  # type: ignore[arg-type]
    found = read_restricted_pickle(tmp_path / "m.npy")
    np.testing.assert_array_equal(found["ids"], content["ids"])
    np.testing.assert_array_equal(found["weights"], content["weights"])


def test_code_in_an_npy_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "executed"
    np.save(tmp_path / "m.npy", {"v": _Attack(f"touch {trace}")}, allow_pickle=True)  # type: ignore[arg-type]
    with pytest.raises(AssetError, match="wants to use"):
        read_restricted_pickle(tmp_path / "m.npy")
    np.save(tmp_path / "m.npy", np.array([{}, {}], object), allow_pickle=True)
    with pytest.raises(AssetError):
        read_restricted_pickle(tmp_path / "m.npy")
    np.save(tmp_path / "m.npy", np.arange(3))
    with pytest.raises(AssetError):
        read_restricted_pickle(tmp_path / "m.npy")
    assert not trace.exists()


class _Attack:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


class _Run:
    def __init__(self, command: list[str]) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return subprocess.check_call, (self.command,)


@pytest.mark.parametrize("attack", [_Attack, lambda c: _Run(c.split())])
def test_code_is_named_and_not_executed(tmp_path: Path, attack: Any) -> None:
    trace = tmp_path / "executed"
    path = write(tmp_path / "m.pkl", {"v": attack(f"touch {trace}")})
    with pytest.raises(AssetError, match="wants to use"):
        read_restricted_pickle(path)
    assert not trace.exists()


def test_builtins_cannot_be_reached(tmp_path: Path) -> None:
    for program in (b"c__builtin__\neval\n(S'1'\ntR.", b"cbuiltins\ngetattr\n.", b"cos\nsystem\n."):
        (tmp_path / "m.pkl").write_bytes(program)
        with pytest.raises(AssetError):
            read_restricted_pickle(tmp_path / "m.pkl")


def test_object_arrays_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "m.pkl", {"v": np.array([{}, 1], object)})
    with pytest.raises(AssetError, match="damaged"):
        read_restricted_pickle(path)


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps([1, 2])])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.pkl").write_bytes(content)
    with pytest.raises(AssetError):
        read_restricted_pickle(tmp_path / "m.pkl")
    with pytest.raises(AssetError, match="cannot be read"):
        read_restricted_pickle(tmp_path / "missing.pkl")


_VALID = pickle.dumps({"a": np.arange(6.0), "J": sparse.csc_matrix(np.eye(3))}, 2)


@given(st.integers(0, len(_VALID) - 1), st.binary(min_size=1, max_size=4))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_pickles_give_one_clear_error_or_arrays(
    tmp_path: Path, place: int, noise: bytes
) -> None:
    damaged = _VALID[:place] + noise + _VALID[place + len(noise) :]
    (tmp_path / "m.pkl").write_bytes(damaged)
    try:
        found = read_restricted_pickle(tmp_path / "m.pkl")
    except AssetError:
        return
    assert isinstance(found, dict)


def test_a_few_bytes_that_claim_gigabytes_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "claims.pkl"
    path.write_bytes(b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b".")
    with pytest.raises(AssetError, match="not a readable pickle"):
        read_restricted_pickle(path)


def test_a_long_name_is_told_in_short(tmp_path: Path) -> None:
    path = tmp_path / "long.pkl"
    path.write_bytes(b"c" + b"m" * 5000 + b"\nname\n.")
    with pytest.raises(AssetError, match="wants to use") as caught:
        read_restricted_pickle(path)
    assert len(caught.value.message) < 200
