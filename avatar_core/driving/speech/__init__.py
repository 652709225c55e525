"""Speech to motion."""
