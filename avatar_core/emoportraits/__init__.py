"""One-shot portraits: networks and maths of EMOPortraits and MegaPortraits."""
