"""Handlers: what the user asks becomes a command, what changed becomes a refresh.

Each takes care of one subject and knows the panels that belong to it. Panels do not know handlers,
and handlers do not know one another; the main window connects them.
"""
