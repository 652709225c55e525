"""Reads numbers out of pickles without executing what they say.

FLAME is distributed as a pickle of numpy, scipy.sparse and chumpy objects. A pickle is a program;
this reader lets it name nothing but a short list of harmless constructors, each replaced by one of
ours, and refuses everything else by name.
"""

from __future__ import annotations

import io
import pickle
import re
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io import limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray

MAX_BYTES = limits.PICKLE_BYTES
"""Larger files are refused; FLAME 2023 has about 55 MB."""

_NAME_LETTERS = 80
_HINT = "Take the file from the place its makers publish it; nothing was executed."


class _Record:
    """Stands for an instance of a foreign class and keeps its state as plain data."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Type(_Record):
    """numpy's element type: `dtype("f8")` whose state says the byte order.

    numpy's own classes are never given a state from the file: a damaged one can bring them down.
    """

    def numpy_type(self) -> np.dtype[Any]:
        code = str(self.arguments[0])
        order = str(self.state[1]) if isinstance(self.state, tuple) else "|"
        if not re.fullmatch(r"[fiub][1248]", code) or order not in "<>|=":
            raise ValueError(f"elements of type {code}")
        return np.dtype(order.replace("|", "") + code)


class _Array(_Record):
    """A numpy array: its state is (version, shape, type, whether columns come first, bytes)."""

    def dense(self) -> AnyArray:
        _, shape, kind, by_column, data = self.state
        return _filled(shape, kind, "F" if by_column else "C", data)


class _Value(_Array):
    """What numpy rebuilds in one call: a scalar, or an array of protocol 5."""

    def dense(self) -> AnyArray:
        data, kind, shape, order = self.arguments
        return _filled(shape, kind, order, data)


def _filled(shape: Any, kind: Any, order: str, data: Any) -> AnyArray:
    if not isinstance(kind, _Type):
        raise TypeError("an array without a type")
    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    sizes = tuple(int(size) for size in shape)
    if min(sizes, default=1) < 0:
        raise ValueError("a negative size")
    return np.frombuffer(raw, kind.numpy_type()).reshape(sizes, order="F" if order == "F" else "C")


class _SparseMatrix(_Record):
    """scipy.sparse's csc and csr matrices."""

    by_column = True

    def dense(self) -> AnyArray:
        data, indices, pointers = (
            _dense(self.state[key]).ravel() for key in ("data", "indices", "indptr")
        )
        shape = tuple(int(n) for n in (self.state.get("_shape") or self.state["shape"]))
        major, minor = (shape[1], shape[0]) if self.by_column else shape
        if major * minor * 8 > MAX_BYTES or len(pointers) != major + 1:
            raise ValueError("inconsistent sparse matrix")
        if len(indices) != len(data) or (len(indices) and not 0 <= indices.max() < minor):
            raise ValueError("inconsistent sparse matrix")
        result = np.zeros((major, minor), np.float64)
        rows = np.repeat(np.arange(major), np.diff(pointers))
        np.add.at(result, (rows, indices.astype(np.int64)), data)
        return result.T if self.by_column else result


class _RowSparseMatrix(_SparseMatrix):
    by_column = False


class _Chumpy(_Record):
    """chumpy's array wrapper: the numbers lie in its state under "x"."""

    def dense(self) -> AnyArray:
        return _dense(self.state["x"])


def _dense(value: Any) -> AnyArray:
    if isinstance(value, _Array | _SparseMatrix | _Chumpy):
        return value.dense()
    raise TypeError("not an array")


def _empty_array(kind: Any, shape: Any, code: Any) -> _Array:
    """Numpy's way to start an array; type, sizes and data come as its state."""
    return _Array()


def _scalar(kind: Any, data: Any = b"") -> _Value:
    return _Value(data, kind, (), "C")


def _rebuilt(kind: Any, base: Any, state: Any) -> Any:
    """Copyreg's constructor, for our stand-ins only."""
    if not (isinstance(kind, type) and issubclass(kind, _Record)):
        raise pickle.UnpicklingError("an object of an unknown kind")
    return kind()


_ALLOWED: dict[tuple[str, str], Callable[..., Any] | type] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
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
    _ALLOWED[_module, "_frombuffer"] = _Value
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


def _read_bytes_to_change(reader: Any) -> None:
    """The unpickler's own way takes as much memory as a few bytes claim, before it reads."""
    size = int.from_bytes(reader.read(8), "little")
    if size > reader.program_size:
        raise pickle.UnpicklingError("more bytes than the file has")
    reader.append(bytearray(reader.read(size)))


class _Reader(pickle._Unpickler):
    """The unpickler in Python: damaged programs can bring down the one in C."""

    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.BYTEARRAY8[0]: _read_bytes_to_change,
    }

    def __init__(self, program: bytes) -> None:
        super().__init__(io.BytesIO(program), encoding="latin1")
        self.program_size = len(program)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError as error:
            raise _ForbiddenName(_words(f"{module}.{name}")) from error


def _words(name: str) -> str:
    """A name from a file, fit to stand in a sentence."""
    is_fit = len(name) <= _NAME_LETTERS and name.isprintable()
    return name if is_fit else ascii(name)[:_NAME_LETTERS]


class _ForbiddenName(Exception):
    """A pickle asked for something that is not on the list."""


def read_restricted_pickle(path: Path) -> dict[str, Any]:
    """The dictionary in a pickle: numpy arrays, numbers, texts, lists and dictionaries.

    chumpy and sparse arrays become dense numpy arrays. A dictionary that `numpy.save` has put in an
    `.npy` is read too.

    Raises:
        AssetError: the file is missing, too large, no pickle, damaged, not a dictionary, or names
            anything but arrays; nothing in it is executed.
    """
    try:
        program = _without_npy_header(_bounded_bytes(path))
        content = _unwrapped(_Reader(program).load())
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
    try:
        return {str(key): _plain(value, path) for key, value in content.items()}
    except RecursionError as error:
        raise AssetError(f"'{path.name}' is nested too deeply.", _HINT) from error


def _bounded_bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise AssetError(f"'{path.name}' is too large for a head model.", _HINT)
    return path.read_bytes()


def _without_npy_header(data: bytes) -> bytes:
    if not data.startswith(b"\x93NUMPY"):
        return data
    text_at = 10 if data[6] == 1 else 12
    return data[text_at + int.from_bytes(data[8:text_at], "little") :]


def _unwrapped(content: Any) -> Any:
    """What lies in an array of one object, which is how `numpy.save` keeps a dictionary."""
    if not isinstance(content, _Array):
        return content
    (only,) = content.state[4]
    return only


def _plain(value: Any, path: Path) -> Any:
    """Stand-ins turned into arrays and numbers, all the way down."""
    if isinstance(value, _Array | _SparseMatrix | _Chumpy):
        try:
            array = value.dense()
        except Exception as error:  # the state of a damaged file may be anything
            raise AssetError(f"'{path.name}' holds a damaged array.", _HINT) from error
        return array[()] if array.ndim == 0 else array
    if isinstance(value, list | tuple):
        return [_plain(item, path) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item, path) for key, item in value.items()}
    if isinstance(value, _Record):
        raise AssetError(f"'{path.name}' holds something that is no array.", _HINT)
    return value
