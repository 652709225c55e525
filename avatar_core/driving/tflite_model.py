"""One TFLite network on the CPU, run through LiteRT without copies of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from avatar_core.driving.quiet import quiet_stderr
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


class TfliteModel:
    """A network with one float32 input and some float32 outputs. Not for two threads at once.

    Args:
        content: the bytes of a `.tflite` file.
        threads: CPU threads for the large layers.
        name: what messages call it.

    Raises:
        WeightsError: the bytes are no network that LiteRT can run.
    """

    def __init__(self, content: bytes, threads: int, name: str) -> None:
        # Imported here because it takes 0.2 s and opening the window does not need it.
        from ai_edge_litert.interpreter import Interpreter

        try:
            with quiet_stderr():
                self._interpreter = Interpreter(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise WeightsError(
                f"The network '{name}' of the face tracker cannot be loaded.",
                "Reinstall avatar-studio.",
            ) from error
        self._input = self._interpreter.tensor(self._interpreter.get_input_details()[0]["index"])
        self._outputs = [
            self._interpreter.tensor(detail["index"])
            for detail in self._interpreter.get_output_details()
        ]

    def input(self) -> Float32:
        """The network's own input buffer, to be written in place.

        Ask for it anew each time and let go of it before `run`, which refuses to work while
        somebody holds it.
        """
        return cast("Float32", self._input())

    def run(self) -> tuple[Float32, ...]:
        """Run the network on what was written to `input`. Returns copies of its outputs."""
        self._interpreter.invoke()
        return tuple(np.array(view(), np.float32) for view in self._outputs)
