"""Training of any network: optimiser, weight average, time limits, checkpoints, divergence. Imports no network."""
