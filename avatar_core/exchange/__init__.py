"""Avatars to and from the formats of others."""

from avatar_core.exchange.hair_export import export_hair
from avatar_core.exchange.official_export import ExportReport, export_official
from avatar_core.exchange.official_import import ImportReport, OfficialChoices, import_official
from avatar_core.exchange.ply_export import export_ply

__all__ = [
    "ExportReport",
    "ImportReport",
    "OfficialChoices",
    "export_hair",
    "export_official",
    "export_ply",
    "import_official",
]
