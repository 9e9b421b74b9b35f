"""Guard against divergence, which happens now and then to networks without normalisation layers."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from dosenet.fitting.learner import Learner

log = logging.getLogger("dosenet.fitting")

WINDOW_STEPS = 200
DIVERGED = 3.0
"""A window has diverged if its mean loss exceeds this many times the best window's."""

RATE_CUT = 0.6
"""Factor of the learning rate at each restoration."""


class DivergenceGuard:
    """Watches the mean loss of windows of steps; on divergence, restores an earlier state and lowers the learning rate.

    The restored state is two windows old, because the last window before a divergence may already be spoilt.
    """

    def __init__(self) -> None:
        self.best = math.inf
        self.kept: list[dict[str, Tensor]] = []

    def watch(self, module: Learner, losses: Sequence[Tensor]) -> bool:
        """Check the losses of a window; return whether an earlier state was restored.

        Raises
        ------
        ValueError
            If the very first window has no finite loss.
        """
        mean = float(torch.stack(list(losses)).mean())
        if math.isfinite(mean) and mean <= DIVERGED * self.best:
            self.best = min(self.best, mean)
            self.kept = [*self.kept[-1:], {name: value.detach().clone() for name, value in module.state().items()}]
            return False
        if not self.kept:
            raise ValueError("expected the first steps to have a finite loss, found none; lower the learning rate")
        module.put_back({name: value.clone() for name, value in self.kept[0].items()})
        module.rate_factor *= RATE_CUT
        self.kept = self.kept[:1]
        log.warning(
            "loss %.1e ran away from %.1e: went back, learning rate x %.2f", mean, self.best, module.rate_factor
        )
        return True
