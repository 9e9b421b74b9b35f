"""Fits any network: optimiser and weight average, run to its end, checkpoints, divergence. Knows no network."""
