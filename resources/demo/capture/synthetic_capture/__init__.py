"""Makes the synthetic capture the demo avatar is built from; an offline tool, not the studio."""
