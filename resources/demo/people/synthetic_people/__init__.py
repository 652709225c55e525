"""Rendered people that do not exist, with the truth about every pixel."""
