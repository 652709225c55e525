"""Which landmarks outline the features of a face: MediaPipe's numbering of its 478 landmarks.

Sides are the person's own. Chains run from the corner on the person's right to that on the left,
as one reads them in a picture that is not mirrored.
"""

from __future__ import annotations

import numpy as np

FACE_OVAL = np.array([
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
])  # fmt: skip
"""[36] the outline of the face, clockwise in the picture from the top of the forehead."""

CHIN = np.array([152, 199, 175])

LIPS_UPPER_ROWS = np.array([
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
    [76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306],
    [62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292],
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
])  # fmt: skip
LIPS_LOWER_ROWS = np.array([
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
    [76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306],
    [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292],
    [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
])  # fmt: skip
"""[4, 11] the lips from their outer to their inner edges."""

LIPS_UPPER, LIPS_LOWER = LIPS_UPPER_ROWS[-1], LIPS_LOWER_ROWS[-1]
"""[11] the inner edges, corners included."""

LIDS_UPPER = np.array([
    [362, 398, 384, 385, 386, 387, 388, 466, 263],
    [33, 246, 161, 160, 159, 158, 157, 173, 133],
])  # fmt: skip
LIDS_LOWER = np.array([
    [362, 382, 381, 380, 374, 373, 390, 249, 263],
    [33, 7, 163, 144, 145, 153, 154, 155, 133],
])  # fmt: skip
"""[2, 9] the edges of the lids of the (left, right) eye, corners included."""

CREASES = np.array([
    [463, 414, 286, 258, 257, 259, 260, 467, 359],
    [130, 247, 30, 29, 27, 28, 56, 190, 243],
])  # fmt: skip
"""[2, 9] the next row of landmarks above the upper lids."""

IRISES = np.array([[473, 474, 475, 476, 477], [468, 469, 470, 471, 472]])
"""[2, 5] middle and rim of the (left, right) iris."""
