"""Mean absolute errors of a dose: over where the reference is high, and by dose, tissue and depth below the skin.

Two of them are those of DoseRAD2026 (https://doserad2026.grand-challenge.org/metrics-and-ranking/), so that figures can
be set beside figures: the masked error of a beam (level 1.1; `masked_beam_mae` of its evaluator), and the stratified
error of a plan, the mean of the errors where the reference reaches 10 to 30, 30 to 80 and over 80 % of the prescription
(level 2; as read in the code of participants). As the winner does while training (`plan_validation.py` of
Image-X-Institute/DoseRAD2026_BEAM3R), the maximum of the reference stands for the prescription, which single fields
have none of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.anatomy import DEPTHS, TISSUES, Anatomy

Volume = NDArray[np.float32]

EDGES = (0.1, 0.3, 0.6, 0.8)
"""Shares of the maximum at which the reference is divided."""

MASKED = slice(1, None)
"""The reference of at least 10 %."""

STRATA = (slice(1, 2), slice(2, 4), slice(4, None))
"""Strata of DoseRAD2026."""

DOSES = {"0-10 %": slice(0, 1), "10-30 %": slice(1, 2), "30-60 %": slice(2, 3), "60-100 %": slice(3, None)}
"""Bands of dose that are shown, of the maximum."""

INSIDE = slice(1, None)
"""Of the depths: the body."""

LEAST_VOXELS = 100
"""Bands of fewer voxels are left out: they say nothing."""


@dataclass(frozen=True)
class ErrorTable:
    """Voxels and their absolute errors, by dose of the reference, tissue and depth.

    Parameters
    ----------
    voxels
        Numbers ``(dose, tissue, depth)``: doses between `EDGES`; depths as in `Anatomy`, the first being outside.
    errors
        Sums, per cent of the reference's maximum, of the same shape, by method.
    depth_known
        Whether depths are; if not, all voxels with dose count as deepest.
    """

    voxels: NDArray[np.int64]
    errors: Mapping[str, NDArray[np.float64]]
    depth_known: bool

    @classmethod
    def of(cls, reference: Volume, doses: Mapping[str, Volume], anatomy: Anatomy) -> ErrorTable:
        """Sort the errors of some doses, of the reference's unit, all ``(z, y, x)``.

        Raises
        ------
        ValueError
            If the reference has no dose.
        """
        maximum = float(reference.max())
        if not maximum > 0:
            raise ValueError(f"expected a reference with dose, found a maximum of {maximum:g}")
        known = anatomy.depth is not None
        depth = anatomy.depth if anatomy.depth is not None else np.uint8(len(DEPTHS)) * (reference > 0)
        shape = (len(EDGES) + 1, len(TISSUES), len(DEPTHS) + 1)
        cell = depth + np.uint8(shape[2]) * anatomy.tissue
        for edge in EDGES:
            cell += np.uint8(shape[1] * shape[2]) * (reference >= np.float32(edge * maximum))
        cells = cell.ravel().astype(np.intp)

        def summed(weights: Volume | None = None) -> NDArray[np.float64]:
            flat = None if weights is None else weights.ravel()
            return np.asarray(np.bincount(cells, flat, minlength=int(np.prod(shape))).reshape(shape), np.float64)

        percent = {name: summed(np.abs(dose - reference)) * (100 / maximum) for name, dose in doses.items()}
        return cls(summed().astype(np.int64), percent, known)

    def masked(self) -> dict[str, float]:
        """Mean absolute error where the reference is at least 10 % of its maximum, per cent of it, by method."""
        return self._mean((MASKED,))

    def stratified(self) -> dict[str, float]:
        """Mean of the mean absolute errors of three strata of dose, per cent of the maximum, by method."""
        means = [self._mean((stratum,)) for stratum in STRATA if self.voxels[stratum].any()]
        return {name: float(np.mean([mean[name] for mean in means])) for name in self.errors}

    def bands(self) -> dict[str, dict[str, dict[str, float]]]:
        """Mean absolute errors in the body, per cent of the maximum, by band and method.

        By dose and, where the reference is at least 10 % of its maximum, by tissue and by depth.
        """
        every = slice(None)
        places = {
            "dose": {name: (band, every, INSIDE) for name, band in DOSES.items()},
            "tissue": {name: (MASKED, slice(k, k + 1), INSIDE) for k, name in enumerate(TISSUES)},
        }
        if self.depth_known:
            places["depth"] = {name: (MASKED, every, slice(k + 1, k + 2)) for k, name in enumerate(DEPTHS)}
        return {
            kind: {name: self._mean(cells) for name, cells in bands.items() if self.voxels[cells].sum() >= LEAST_VOXELS}
            for kind, bands in places.items()
        }

    def _mean(self, cells: tuple[slice, ...]) -> dict[str, float]:
        number = int(self.voxels[cells].sum())
        return {name: float(sums[cells].sum()) / number for name, sums in self.errors.items()}
