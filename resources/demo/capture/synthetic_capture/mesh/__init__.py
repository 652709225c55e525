"""Plain mesh geometry, and surfaces whose vertices are sparse sums of other vertices."""
