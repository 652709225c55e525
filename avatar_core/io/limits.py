"""What readers accept at most, in one place, so that hostile files cost little before refusal.

Sizes are bytes after decompression unless said otherwise. The packages that do not know `io` state
their own: pictures to follow in `driving.still_image`, datagrams in `driving.phones`, speech models
in `driving.speech.model_file`, weights in `mega.checkpoint` and `emoportraits.official_config`.
`tests/fuzz` holds every reader to these with files that lie.
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

TAKE_ARRAY_BYTES = 512 * MIB
"""The arrays of a take, packed."""

TAKE_SOUND_BYTES = GIB
"""The sound of a take."""

HEAD_BYTES = 256 * MIB
"""All arrays of one head; a subdivided FLAME model has 95 MB."""

SCALP_BYTES = 16 * MIB
"""The scalp that a hairstyle was made on."""

TEXTURE_BYTES = 256 * MIB
"""The texture of an avatar, as it is packed."""

PREVIEW_BYTES = 4 * MIB
"""A picture for the library, as it is packed."""

PREVIEW_PIXELS = 1024 * 1024
"""A picture for the library."""

PICTURE_BYTES = 512 * MIB
"""A picture file, as it is packed."""

PICTURE_PIXELS = 8192 * 8192
"""The largest picture that is unpacked."""

JPEG_PIXELS = 1 << 28
"""JPEG files are unpacked at a fraction of their size, so more of them can be read."""

LAYER_STACK_BYTES = MIB
"""The list of layers of an OpenRaster file."""

MESH_BYTES = 512 * MIB
"""A mesh of another program."""

MESH_VERTICES = 2_000_000
"""Vertices of one."""

PLY_BYTES = 4 * GIB
"""A file of Gaussians that is edited in its own layout."""

TABLE_BYTES = 512 * MIB
"""A recording as a table of text."""

PICKLE_BYTES = GIB
"""A pickle of arrays, and each matrix in it made dense; FLAME 2023 has about 55 MB."""

FLAME_ASSET_BYTES = 64 * MIB
"""One of the arrays around a FLAME model."""

FLAME_SEQUENCE_BYTES = 256 * MIB
"""Each array of a FLAME sequence."""

FLAME_MOMENT_BYTES = 4 * MIB
"""Each array of one moment, where moments have files of their own."""

FLAME_MOMENTS = 200_000
"""Moments of a sequence."""

FLAME_TRACKED_BYTES = 512 * MIB
"""What a tracker of FLAME left beside a model."""

OFFICIAL_CONFIG_BYTES = MIB
"""The configuration of an official MeGA run."""

JOBS_BYTES = MIB
"""A file of render jobs, as text, and each of those that the render queue keeps."""

LEDGER_BYTES = GIB
"""A ledger of what was rendered."""

CAPTURE_INDEX_BYTES = 512 * MIB
"""An index of a capture."""

CAPTURE_ARRAYS_BYTES = 512 * MIB
"""Arrays that a capture brings along, all of one file."""

CAPTURE_POINTS_BYTES = 128 * MIB
"""The points that hair starts from."""
