"""Docks, one a file: they show what they are told and emit what the user asks."""
