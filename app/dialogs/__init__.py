"""Dialogs that are opened from the menus."""
