"""What every training recipe holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The part of a training recipe that the fitting needs; that of each network has more.

    Parameters
    ----------
    batch
        Samples per step.
    learning_rate, final_learning_rate
        Start and end of the cosine; equal values give a constant rate.
    warmup_steps
        Steps of linear warm-up.
    weight_decay
        AdamW's; 0 gives Adam.
    clip_norm
        Limit of the whole gradient's norm; 0 for none.
    ema_decay
        Decay of the weight average that is validated and shipped.
    """

    batch: int = 8
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-5
    warmup_steps: int = 0
    weight_decay: float = 0.0
    clip_norm: float = 0.0
    ema_decay: float = 0.999
