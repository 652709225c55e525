"""The document and the avatar asset, as plain data."""
