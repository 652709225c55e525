"""Reads numbers out of pickles without executing what they say.

FLAME is distributed as a pickle of numpy, scipy.sparse and chumpy objects. A pickle is a program;
this reader lets it name nothing but a short list of harmless constructors, each replaced by one of
ours, and refuses everything else by name.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray

MAX_BYTES = 1 << 30
"""Larger files are refused; FLAME 2023 has about 55 MB."""

_HINT = "Take the file from the place its makers publish it; nothing was executed."


class _Record:
    """Stands for an instance of a foreign class and keeps its state as plain data."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _SparseMatrix(_Record):
    """scipy.sparse's csc and csr matrices."""

    by_column = True

    def dense(self) -> AnyArray:
        data, indices, pointers = (
            np.asarray(self.state[key]) for key in ("data", "indices", "indptr")
        )
        shape = tuple(self.state.get("_shape") or self.state["shape"])
        major, minor = (shape[1], shape[0]) if self.by_column else shape
        if len(pointers) != major + 1 or (len(indices) and not 0 <= indices.max() < minor):
            raise ValueError("inconsistent sparse matrix")
        result = np.zeros((major, minor), np.float64)
        rows = np.repeat(np.arange(major), np.diff(pointers))
        np.add.at(result, (rows, indices), data)
        return result.T if self.by_column else result


class _RowSparseMatrix(_SparseMatrix):
    by_column = False


class _Chumpy(_Record):
    """chumpy's array wrapper: the numbers lie in its state under "x"."""

    def dense(self) -> AnyArray:
        return np.asarray(self.state["x"])


def _empty_array(kind: Any, shape: Any, code: Any) -> AnyArray:
    """Numpy's way to start an array; the sizes come later, with its data."""
    if kind is not np.ndarray or tuple(shape) != (0,):
        raise pickle.UnpicklingError("an array of an unknown kind")
    return np.ndarray((0,), np.dtype("b"))


def _scalar(dtype: np.dtype[Any], data: bytes = b"") -> Any:
    if dtype.hasobject:
        raise pickle.UnpicklingError("a scalar of objects")
    return np.frombuffer(data, dtype, 1)[0]


def _from_bytes(data: Any, dtype: Any, shape: Any, order: str) -> AnyArray:
    """How pickles of protocol 5 hold an array."""
    if dtype.hasobject:
        raise pickle.UnpicklingError("an array of objects")
    return np.frombuffer(bytes(data), dtype).reshape(shape, order="F" if order == "F" else "C")


def _rebuilt(kind: Any, base: Any, state: Any) -> Any:
    """Copyreg's constructor, for our stand-ins only."""
    if not (isinstance(kind, type) and issubclass(kind, _Record)):
        raise pickle.UnpicklingError("an object of an unknown kind")
    return kind()


_ALLOWED: dict[tuple[str, str], Callable[..., Any] | type] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("copyreg", "_reconstructor"): _rebuilt,
    ("copy_reg", "_reconstructor"): _rebuilt,
    ("builtins", "object"): object,
    ("__builtin__", "object"): object,
    ("chumpy.ch", "Ch"): _Chumpy,
    ("chumpy", "Ch"): _Chumpy,
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _ALLOWED[_module, "_reconstruct"] = _empty_array
    _ALLOWED[_module, "scalar"] = _scalar
for _module in ("numpy.core.numeric", "numpy._core.numeric"):
    _ALLOWED[_module, "_frombuffer"] = _from_bytes
for _module in ("scipy.sparse", "scipy.sparse.csc", "scipy.sparse._csc"):
    _ALLOWED[_module, "csc_matrix"] = _SparseMatrix
for _module in ("scipy.sparse", "scipy.sparse.csr", "scipy.sparse._csr"):
    _ALLOWED[_module, "csr_matrix"] = _RowSparseMatrix


def _latin1_bytes(text: Any, encoding: Any = "latin1") -> bytes:
    """Python 2 pickles wrap bytes in a call of `_codecs.encode`."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError("an unknown text encoding")
    return text.encode("latin1")


_ALLOWED["_codecs", "encode"] = _latin1_bytes


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError as error:
            raise _ForbiddenName(f"{module}.{name}") from error


class _ForbiddenName(Exception):
    """A pickle asked for something that is not on the list."""


def read_restricted_pickle(path: Path) -> dict[str, Any]:
    """The dictionary in a pickle: numpy arrays, numbers, texts, lists and dictionaries.

    chumpy and sparse arrays become dense numpy arrays.

    Raises:
        AssetError: the file is missing, too large, no pickle, damaged, not a dictionary, or names
            anything but arrays; nothing in it is executed.
    """
    try:
        content = _Reader(io.BytesIO(_bounded_bytes(path)), encoding="latin1").load()
    except _ForbiddenName as error:
        raise AssetError(
            f"'{path.name}' holds more than arrays: it wants to use {error}.", _HINT
        ) from error
    except OSError as error:
        raise AssetError(f"'{path}' cannot be read.", "Check the path.") from error
    except AssetError:
        raise
    except Exception as error:  # a hostile or damaged pickle may raise anything
        raise AssetError(f"'{path.name}' is not a readable pickle of arrays.", _HINT) from error
    if not isinstance(content, dict):
        raise AssetError(f"'{path.name}' does not hold a dictionary of arrays.", _HINT)
    return {str(key): _plain(value, path) for key, value in content.items()}


def _bounded_bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise AssetError(f"'{path.name}' is too large for a head model.", _HINT)
    return path.read_bytes()


def _plain(value: Any, path: Path) -> Any:
    if isinstance(value, _SparseMatrix | _Chumpy):
        try:
            return _plain(value.dense(), path)
        except (KeyError, TypeError, ValueError, IndexError, MemoryError) as error:
            raise AssetError(f"'{path.name}' holds a damaged array.", _HINT) from error
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        raise AssetError(f"'{path.name}' holds an array of objects.", _HINT)
    return value
