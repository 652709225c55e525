"""Grooming: what can be done to Gaussian hair. Plain arrays, no torch, no Qt."""
