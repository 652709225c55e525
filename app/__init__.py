"""The desktop studio: everything that knows Qt."""
