"""A last correction of a network's dose at 1.25 mm, in single voxels, by what lies around each.

The trunk of `DdnLite` works at 5 mm and sees far; most of the error it leaves lies in the skin and where dose is steep,
and there a voxel's own surroundings tell a part of it. They are the same for every voxel of a grid, and for its mirror
images, so that a small network learns them from few fields.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dosenet.energy import ENERGY_CHANNELS, NOT_TOLD, Energy
from dosenet.lanes import in_lanes
from dosenet.lattice import BodyMask, Lattice, Triple
from dosenet.rays import MAX_DENSITY
from dosenet.slices import CT_RANGE_HU, FINE_MM
from dosenet.surroundings import Surroundings
from dosenet.surroundings_layout import INPUTS, UPSTREAM

CtOf = Callable[[NDArray[np.intp]], NDArray[np.float32]]

CT_SPAN_HU = CT_RANGE_HU[1] - CT_RANGE_HU[0]

AT_ONCE = 16384
"""Voxels whose surroundings are in memory at once, in each lane: 20 MB."""


class LocalCorrection(nn.Module):
    """Two hidden layers; a new one corrects nothing.

    Parameters
    ----------
    channels
        Width of both.
    dropout
        Share of their values that is left out in training.
    """

    def __init__(self, channels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(INPUTS + ENERGY_CHANNELS, channels), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(channels, channels), nn.SiLU(), nn.Dropout(dropout),
        )  # fmt: skip
        self.last = nn.Linear(channels, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, around: Tensor) -> Tensor:
        """Return what is to be added to the dose of voxels ``(n,)``, shares of the maximum.

        `around` ``(n, INPUTS + 2)`` is what `Surroundings.of` gives, and the channels of the energy.
        """
        change: Tensor = self.last(self.layers(around.to(self.last.weight.dtype)))
        return change[:, 0].float()


@dataclass(frozen=True)
class Place:
    """What is known of where a dose lies.

    Parameters
    ----------
    lattice
        Its lattice, at 1.25 mm.
    source_mm
        Radiation source (x, y, z), mm, LPS; None where there is none, or several.
    energy
        Energy of the beams; None where that is not known, or they differ.
    body
        The body on the lattice; None where that is not known.
    """

    lattice: Lattice
    source_mm: Triple | None
    energy: Energy | None
    body: BodyMask | None


@dataclass(frozen=True)
class Looked:
    """Voxels to correct, of some planes of a dose, and what is around them.

    Parameters
    ----------
    around
        The planes, and so many more that rays have room.
    planes
        Which planes of the dose these are.
    kinds, weight
        See `Surroundings.wanted`. Where the body is not known, nothing counts as its skin.
    energy
        Channels of the energy.
    """

    around: Surroundings
    planes: slice
    kinds: NDArray[np.uint8]
    weight: NDArray[np.float32]
    energy: tuple[float, float]

    @classmethod
    def at(cls, share: NDArray[np.float32], chosen: NDArray[np.intp], ct_of: CtOf, place: Place) -> Looked:
        """Look at some planes of a dose, see `correct`."""
        near = slice(max(int(chosen[0]) - UPSTREAM, 0), min(int(chosen[-1]) + UPSTREAM + 1, len(share)))
        planes = np.arange(near.start, near.stop)
        density = np.clip(ct_of(planes) * np.float32(CT_SPAN_HU / 1000.0), 0.0, MAX_DENSITY)
        if place.body is None:
            inside = np.ones_like(share[near], dtype=np.bool_)
        else:
            inside = place.body.inside[near]
            density *= inside
        source = None
        if place.source_mm is not None:
            x, y, z = ((s - o) / FINE_MM for s, o in zip(place.source_mm, place.lattice.origin_mm, strict=True))
            source = (x, y, z - near.start)
        around = Surroundings(share[near], density, source)
        kinds, weight = around.wanted(inside, np.isin(planes, chosen))
        return cls(around, near, kinds, weight, NOT_TOLD if place.energy is None else place.energy.channels)

    def inputs(self, voxels: NDArray[np.intp]) -> Tensor:
        """What `LocalCorrection` is given for voxels ``(n,)``, counted through the planes."""
        around = torch.from_numpy(self.around.of(voxels))
        return torch.cat([around, torch.tensor(self.energy, dtype=around.dtype).expand(len(around), -1)], 1)


def correct(
    correction: LocalCorrection, share: NDArray[np.float32], chosen: NDArray[np.intp], ct_of: CtOf, place: Place
) -> None:
    """Correct a dose in the skin and where it is steep, in place; nowhere below zero.

    Parameters
    ----------
    correction
        In evaluation mode.
    share
        The dose ``(z, y, x)`` over its maximum before, at 1.25 mm.
    chosen
        Planes ``(n,)`` that are corrected, ascending.
    ct_of
        Gives the CT of planes, normalised as in `dosenet.slices`.
    place
        Where the dose lies.
    """
    looked = Looked.at(share, chosen, ct_of, place)
    voxels = np.flatnonzero(looked.kinds)
    parts = [voxels[start : start + AT_ONCE] for start in range(0, voxels.size, AT_ONCE)]
    device = correction.last.weight.device

    def change(part: NDArray[np.intp]) -> NDArray[np.float32]:
        with torch.inference_mode():
            added: NDArray[np.float32] = correction(looked.inputs(part).to(device)).cpu().numpy()
        return added

    with closing(in_lanes(change, parts)) as changes:
        added = np.concatenate([np.empty(0, np.float32), *changes])
    flat = share[looked.planes].reshape(-1)
    flat[voxels] = np.maximum(flat[voxels] + looked.weight.reshape(-1)[voxels] * added, 0.0)
