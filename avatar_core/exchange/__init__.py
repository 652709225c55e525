"""Avatars and portraits to and from the formats of others.

Modules are named where they are used: some load torch, and portraits that are warped need none.
"""
