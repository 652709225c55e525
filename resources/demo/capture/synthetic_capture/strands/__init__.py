"""Hair, brows and lashes as polylines from root to tip; all in dm, in MakeHuman's frame."""
