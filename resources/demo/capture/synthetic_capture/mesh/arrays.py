"""Array types. Numbers are double precision until they are written."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float: TypeAlias = NDArray[np.float64]
Float32: TypeAlias = NDArray[np.float32]
Int: TypeAlias = NDArray[np.int64]
Int32: TypeAlias = NDArray[np.int32]
UInt8: TypeAlias = NDArray[np.uint8]
Bool: TypeAlias = NDArray[np.bool_]
Names: TypeAlias = NDArray[np.str_]
