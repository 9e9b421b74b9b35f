"""Random numbers that depend on a seed and a step only, so that a run can be resumed and repeated exactly."""

from __future__ import annotations

import torch

BETWEEN_PROCESSES = 7919
"""Distance of the seeds of two processes of one run; prime, so that the seeds of neighbouring runs do not meet."""

BETWEEN_SEEDS = 1_000_003
"""Distance of the numbers of two seeds; prime, and above the steps of any run worth repeating."""

LARGEST_SEED = 0x7FFF_FFFF_FFFF_FFFF


def process_seed(seed: int, rank: int) -> int:
    """Return the seed of the batches of one process of a run, 0 being the first."""
    return seed + BETWEEN_PROCESSES * rank


def generator_of(seed: int, number: int) -> torch.Generator:
    """Return the random generator of one step, or of anything else with a number."""
    return torch.Generator().manual_seed((seed * BETWEEN_SEEDS + number) & LARGEST_SEED)
