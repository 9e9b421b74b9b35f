"""The table of the simple dose, as plain values (no torch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SimpleDoseTable:
    """Depth doses of blurred fluence, see `fluencenet.simple_dose`.

    Parameters
    ----------
    sigmas_mm
        Widths of the blurred maps, mm at the isocentre.
    depths_mm
        Depths of the table, mm, rising.
    table
        ``[term][depth]``: Gy for fluence 1 at the source-axis distance.
    """

    sigmas_mm: tuple[float, ...]
    depths_mm: tuple[float, ...]
    table: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigmas_mm", tuple(float(v) for v in self.sigmas_mm))
        object.__setattr__(self, "depths_mm", tuple(float(v) for v in self.depths_mm))
        object.__setattr__(self, "table", tuple(tuple(float(v) for v in row) for row in self.table))
        if len(self.table) != len(self.sigmas_mm) or any(len(row) != len(self.depths_mm) for row in self.table):
            raise ValueError("expected a table of one row per width and one column per depth")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON."""
        return {
            "sigmas_mm": list(self.sigmas_mm),
            "depths_mm": list(self.depths_mm),
            "table": [[round(v, 7) for v in row] for row in self.table],
        }
