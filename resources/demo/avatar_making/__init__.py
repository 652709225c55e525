"""How the demo avatar is made from the synthetic capture; run once, never by the studio."""
