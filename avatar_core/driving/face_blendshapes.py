"""ARKit weights from the landmarks of a face."""

from __future__ import annotations

import numpy as np

from avatar_core.driving.tflite_model import TfliteModel
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.motion import UNIT_INDEX

# Which of the 478 landmarks the network takes, in its order.
_LANDMARKS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
])  # fmt: skip

# What its outputs are called, behind the first, which stands for the neutral face.
_UNITS = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight",
    "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft",
    "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight",
    "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft",
    "noseSneerRight",
)  # fmt: skip
_TARGET = np.array([UNIT_INDEX[name] for name in _UNITS])


class FaceBlendshapes:
    """The network that reads expressions out of landmarks.

    It knows 51 units; `tongueOut` always stays 0.

    Args:
        content: `face_blendshapes.tflite`.
        threads: CPU threads.

    Source:
        Order of landmarks and units as in MediaPipe's face blendshapes graph.
    """

    def __init__(self, content: bytes, threads: int) -> None:
        self._model = TfliteModel(content, threads, "face blendshapes")

    def weights(self, landmarks: Float32) -> Float32:
        """[52] weights 0..1 in the order of `ARKIT_UNITS`.

        Args:
            landmarks: [478, 2 or more] of an upright face, in any unit.
        """
        expect_shapes(landmarks=(landmarks, "478 *"))
        self._model.input()[0] = landmarks[_LANDMARKS, :2]
        (scores,) = self._model.run()
        weights = np.zeros(len(UNIT_INDEX), np.float32)
        weights[_TARGET] = np.clip(scores[1:], 0.0, 1.0)
        return weights
