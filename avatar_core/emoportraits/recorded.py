"""Kernels of a small network launched as one: a CUDA graph around a function of tensors.

A picture takes some thousand kernels of a few microseconds each, and asking for each of them takes
the processor longer than running it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_WARM_UPS = 3
REFUSED: Final = "The graphics card's driver records no graphs: portraits perform slower."


class RecordedWork:
    """Calls a function; from the second call with the same shapes on, as one recorded graph.

    What it gives is overwritten by the next call. Autocast has to run without its cache: a graph
    would go on reading weights that the cache has long given back.

    Args:
        work: from tensors on a CUDA device to tensors; it waits for nothing and reads no number.
        notice: hears one sentence if it cannot be recorded.
    """

    def __init__(
        self,
        work: Callable[..., tuple[Tensor, ...]],
        notice: Callable[[str], None] = logger.warning,
    ) -> None:
        self._work = work
        self._notice = notice
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: tuple[Tensor, ...] = ()
        self._outputs: tuple[Tensor, ...] = ()
        self._is_refused = False

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What `work` gives for these inputs."""
        if self._is_refused:
            return self._work(*inputs)
        if self._graph is None or _shapes(inputs) != _shapes(self._inputs):
            return self._recorded(inputs)
        for kept, given in zip(self._inputs, inputs, strict=True):
            kept.copy_(given)
        self._graph.replay()
        return self._outputs

    def _recorded(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        self._graph = None
        self._inputs = tuple(each.clone() for each in inputs)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UPS):
                answer = self._work(*self._inputs)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._outputs = self._work(*self._inputs)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            logger.warning("Drawing goes on without a recorded graph.", exc_info=True)
            self._notice(REFUSED)
            self._is_refused = True
        else:
            self._graph = graph
        return answer


def _shapes(tensors: tuple[Tensor, ...]) -> list[tuple[torch.Size, torch.dtype]]:
    return [(each.shape, each.dtype) for each in tensors]
