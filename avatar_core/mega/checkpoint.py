"""Official MeGA checkpoints as named tensors: read without trust, written as the original does.

A `.pth` is a zip around a pickle. The pickle is read by torch's weights-only reader, which knows
tensors and plain containers and nothing else; before that the zip itself is looked at, and after it
every tensor.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import torch
from torch import Tensor

from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

State = dict[str, Tensor]

ENTRIES = (
    "neural_texture", "dynamic_texture", "view_texture", "disp_decoder", "pe", "head_mlp",
    "canonical_gs", "deform_mlp",
)  # fmt: skip
"""Every network of a checkpoint, in the order of the original."""

PROGRESS = ("epoch", "global_step", "stage", "stage_step")
"""Where the training stood."""

_OPTIMIZER = "optimizer"
_MOST_BYTES = 4 << 30
_MOST_MEMBERS = 20_000
_MOST_DIMENSIONS = 5
_MOST_NAMED = 100
_DAMAGE = (
    zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, RuntimeError, OverflowError,
)  # fmt: skip
_HINT = "Copy it again from where it was trained or published; nothing in it was executed."


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What a checkpoint holds, BGR as in the file.

    Args:
        states: a state_dict by entry; tensors on the CPU, finite, reals in single precision.
        progress: where the training stood.
        left_out: names of entries that mean nothing here (the optimizer's state among them).
        narrowed: names of tensors that came in another precision.
    """

    states: dict[str, State]
    progress: dict[str, int | str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()

    @property
    def gaussian_count(self) -> int:
        """Number of hair Gaussians, 0 without hair."""
        points = self.states.get("canonical_gs", {}).get("_xyz")
        return 0 if points is None else len(points)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a `.pth` of the published code.

    Raises:
        WeightsError: missing, cut off, packed, no checkpoint, would run code, or holds tensors that
            are not finite or not what they claim; everything wrong is named.
    """
    content = load_weights_only(path, _HINT)
    if not isinstance(content, dict) or not any(entry in content for entry in ENTRIES):
        raise WeightsError(f"'{path.name}' is no checkpoint of MeGA.", _HINT)
    states = {}
    for entry in ENTRIES:
        if entry in content:
            states[entry] = _state(path, entry, content[entry])
    _expect_finite(path, states)
    known = {*ENTRIES, *PROGRESS}
    narrowed = tuple(f"{e}.{k}" for e, k, v in _tensors(states) if _is_other_precision(v))
    singles = {
        entry: {key: value.float() if value.is_floating_point() else value
                for key, value in state.items()}
        for entry, state in states.items()
    }  # fmt: skip
    progress = {key: content[key] for key in PROGRESS if isinstance(content.get(key), int | str)}
    left_out = tuple(str(key) for key in content if key not in known)
    return Checkpoint(singles, progress, left_out, narrowed)


def load_weights_only(path: Path, hint: str) -> Any:
    """What a `.pth` holds: tensors on the CPU and plain containers, or nothing.

    Args:
        path: the file.
        hint: what to do about a file that is refused.

    Raises:
        WeightsError: missing, cut off, packed, or would run code.
    """
    _expect_plain_zip(path, hint)
    try:
        with torch.serialization.safe_globals(_stand_ins()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a hostile or damaged file may raise anything
        raise _unreadable(path, error, hint) from error


def write_checkpoint(checkpoint: Checkpoint, file: BinaryIO) -> None:
    """Write a `.pth` that the published code loads; the optimizer's state is empty."""
    progress = {"epoch": 0, "global_step": 0, "stage": "joint", "stage_step": 0}
    content: dict[str, Any] = {_OPTIMIZER: {}, **progress, **checkpoint.progress}
    for entry in ENTRIES:
        if entry in checkpoint.states:
            content[entry] = dict(checkpoint.states[entry])
    torch.save(content, file)


def _expect_plain_zip(path: Path, hint: str) -> None:
    """Torch stores its members as they are: whatever is packed smaller than it is, is no such."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise WeightsError(f"'{path.name}' is larger than any checkpoint that is read.", hint)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except OSError as error:
        raise WeightsError(f"'{path}' cannot be read.", "Check the path.") from error
    except _DAMAGE as error:
        raise WeightsError(f"'{path.name}' is no checkpoint, or is cut off.", hint) from error
    packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if packed or len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > size:
        raise WeightsError(f"'{path.name}' is packed in a way no checkpoint is.", hint)


def _unreadable(path: Path, error: Exception, hint: str) -> WeightsError:
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named:
        return WeightsError(
            f"'{path.name}' holds more than weights: it wants to use {named[1]}.", hint
        )
    return WeightsError(f"'{path.name}' cannot be read as a checkpoint.", hint)


class _Ignored:
    """Stands for numpy's numbers: learning rates, in the optimizer's state, may be such.

    Numpy's own classes are never given a state from a file, which can bring them down.
    """

    def __init__(self, *arguments: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


def _stand_ins() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")
    names = [f"{module}.{name}" for module in modules for name in ("scalar", "_reconstruct")]
    return [(_Ignored, name) for name in (*names, "numpy.dtype", "numpy.ndarray")]


def _state(path: Path, entry: str, content: Any) -> State:
    if not isinstance(content, dict):
        raise WeightsError(f"'{path.name}': {entry} is no set of weights.", _HINT)
    wrong = [f"{entry}.{key}" for key, value in content.items() if not _is_sound(key, value)]
    if wrong:
        raise WeightsError(f"'{path.name}' holds damaged tensors: {_listed(wrong)}.", _HINT)
    return {key.removeprefix("module."): value for key, value in content.items()}


def _is_sound(key: Any, value: Any) -> bool:
    """A named, plain tensor whose numbers are all really there."""
    return (
        isinstance(key, str)
        and type(value) in (Tensor, torch.nn.Parameter)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and value.dtype
        in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64)
        and value.ndim <= _MOST_DIMENSIONS
        and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
    )


def _expect_finite(path: Path, states: dict[str, State]) -> None:
    wrong = [
        f"{entry}.{key}" for entry, key, value in _tensors(states)
        if value.is_floating_point() and not bool(torch.isfinite(value).all())
    ]  # fmt: skip
    if wrong:
        raise WeightsError(
            f"'{path.name}' holds weights that are not finite: {_listed(wrong)}.",
            "Its training has failed; take a checkpoint that was saved before.",
        )


def _is_other_precision(value: Tensor) -> bool:
    return value.is_floating_point() and value.dtype is not torch.float32


def _tensors(states: dict[str, State]) -> Iterator[tuple[str, str, Tensor]]:
    for entry, state in states.items():
        for key, value in state.items():
            yield entry, key, value


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
