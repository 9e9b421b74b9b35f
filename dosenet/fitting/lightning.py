"""Lightning under whichever of its two names is installed."""

from __future__ import annotations

try:
    import lightning.pytorch as pl
except ImportError:  # the same library under its older name
    import pytorch_lightning as pl  # type: ignore[no-redef]

__all__ = ["pl"]
