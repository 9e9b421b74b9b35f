"""What lies around single voxels at 1.25 mm: dose and densities in boxes, and on the ray through the voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import Triple
from dosenet.surroundings_layout import BOXES, DOWNSTREAM, INPUTS, SKIN_KIND, STEEP_KIND, UPSTREAM


@dataclass(frozen=True)
class Surroundings:
    """Volumes that voxels are looked at in, all ``(z, y, x)`` at 1.25 mm.

    Parameters
    ----------
    share
        Dose over its maximum.
    density
        Relative to water, 0 outside the body.
    source
        The radiation source (x, y, z) in voxels from the first one; None where there is none, or several.
    """

    share: NDArray[np.float32]
    density: NDArray[np.float32]
    source: Triple | None

    def wanted(
        self, inside: NDArray[np.bool_], planes: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Find the voxels of the skin and of steep dose.

        Parameters
        ----------
        inside
            The body ``(z, y, x)``.
        planes
            Planes ``(z,)`` of which voxels are wanted.

        Returns
        -------
        tuple of ndarray
            ``(z, y, x)`` `SKIN_KIND`, `STEEP_KIND` or 0 for the others; and how much of a correction counts there,
            0 to 1, see `dosenet.surroundings_kernel.STEEP`.
        """
        from dosenet.surroundings_kernel import sort

        kinds, weight = np.zeros(self.share.shape, dtype=np.uint8), np.zeros(self.share.shape, dtype=np.float32)
        sort(self.share, inside, planes, SKIN_KIND, STEEP_KIND, kinds, weight)
        return kinds, weight

    def of(self, voxels: NDArray[np.intp]) -> NDArray[np.float32]:
        """Collect what is around voxels ``(n,)``, counted through the volumes: ``(n, INPUTS)``."""
        from dosenet.surroundings_kernel import collect

        found = np.zeros((voxels.size, INPUTS), dtype=np.float32)
        source = np.zeros(3) if self.source is None else np.asarray(self.source, dtype=np.float64)
        known = self.source is not None
        collect(self.share, self.density, voxels, source, known, BOXES, UPSTREAM, DOWNSTREAM, found)
        return found
