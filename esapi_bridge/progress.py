"""How long work reports its progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with (step, done, in all): ``beam 2``, 14, 80. What it raises ends the work."""

StepProgress = Callable[[int, int], None]
"""Called with (done, in all) within one step."""
