"""The CT on the lattices that a network and the rays read it on, kept as long as the CT is: beams share grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import CtGrid, Lattice, resample
from dosenet.slices import AIR_HU

MOST = 2
"""Lattices kept of a CT: that of a network and that of the rays."""

Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class _Planes:
    """Planes ``(z, y, x)``, and which of them are filled in."""

    values: NDArray[np.float32]
    filled: NDArray[np.bool_]


_LOCK = Lock()
"""Held by the lane that looks a CT up: the others want the same planes."""

_KEPT: WeakKeyDictionary[CtGrid, dict[tuple[Lattice, Change | None], _Planes]] = WeakKeyDictionary()


def ct_on(
    ct: CtGrid, lattice: Lattice, wanted: NDArray[np.intp] | None = None, change: Change | None = None
) -> NDArray[np.float32]:
    """Resample a CT, or look up what was; air beyond it.

    Parameters
    ----------
    ct
        The CT.
    lattice
        Where it is wanted.
    wanted
        Planes that are; None for all.
    change
        What is done with the CT numbers.

    Returns
    -------
    ndarray
        ``(z, y, x)``, of which the wanted planes hold values. Not to be written to.
    """
    with _LOCK:
        return _filled(ct, lattice, wanted, change)


def _filled(
    ct: CtGrid, lattice: Lattice, wanted: NDArray[np.intp] | None, change: Change | None
) -> NDArray[np.float32]:
    kept = _KEPT.setdefault(ct, {})
    if (lattice, change) not in kept:
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
        shape = lattice.size[::-1]
        kept[lattice, change] = _Planes(np.empty(shape, dtype=np.float32), np.zeros(shape[0], dtype=np.bool_))
    planes = kept[lattice, change]
    missing = np.flatnonzero(~planes.filled) if wanted is None else np.unique(wanted[~planes.filled[wanted]])
    for run in np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1):
        if run.size:
            hu = resample(ct, _slab(lattice, int(run[0]), run.size), outside=AIR_HU)
            planes.values[run] = hu if change is None else change(hu)
            planes.filled[run] = True
    return planes.values


def _slab(lattice: Lattice, first: int, count: int) -> Lattice:
    (nx, ny, _), (x, y, z) = lattice.size, lattice.origin_mm
    return Lattice((nx, ny, count), lattice.spacing_mm, (x, y, z + first * lattice.spacing_mm[2]))
