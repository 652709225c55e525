"""Procedural colour and relief over the atlas."""
