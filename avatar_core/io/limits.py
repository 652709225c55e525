"""What readers accept at most, in one place, so that hostile files cost little before refusal.

Sizes are bytes after decompression unless said otherwise.
"""

from __future__ import annotations

from avatar_core.project.plain import TEXT_LETTERS as TEXT_LETTERS

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

MANIFEST_BYTES = 8 * MIB
"""A manifest, as JSON text."""

MEMBERS = 10_000
"""Files inside one archive."""

MEMBER_BYTES = 2 * GIB
"""One file inside an archive."""

ARCHIVE_BYTES = 8 * GIB
"""All files inside an archive together, and the archive itself."""

ARRAYS = 4_096
"""Arrays inside one `.npz`."""

ARRAY_DIMENSIONS = 8
"""Axes of one array."""

HAIR_BYTES = 256 * MIB
"""All arrays of one hairstyle."""

PORTRAIT_PICTURE_BYTES = 128 * MIB
"""The picture of a portrait, or its matte, as it is packed."""

PORTRAIT_CODES = 8
"""Models whose codes lie in one portrait."""

PORTRAIT_CODE_BYTES = 256 * MIB
"""All arrays of one model in a portrait."""

RECORD_BYTES = 2 * GIB
"""One command's record."""

JOURNAL_ENTRIES = 10_000_000
"""Entries of one journal."""

HISTORY_BYTES = 512 * MIB
"""The steps of the history that are kept in a project."""

HISTORY_STEPS = 100_000
"""As many of them at most."""

GAUSSIANS = 4_000_000
"""Gaussians of one avatar or hairstyle."""

SPZ_BYTES = 512 * MIB
"""One packed file of Gaussians; unpacked, as many bytes as its Gaussians take, 66 each at most."""

SOUND_BYTES = 2 * GIB
"""Samples of one sound file as float32: an hour and a half of stereo."""

PROJECT_ARRAYS_BYTES = 256 * MIB
"""The arrays of a project, without its takes."""

HAIR_EDITS_BYTES = GIB
"""What was done to the hair of a project."""

PAINTING_BYTES = GIB
"""What was painted, as it is packed."""

PAINTING_TILES = 4 * GIB
"""Tiles of a painting, unpacked."""

TAKE_BYTES = GIB
"""One take inside a project."""

VIEW_STATE_BYTES = 256 * KIB
"""What the window keeps beside the document, as JSON text."""
