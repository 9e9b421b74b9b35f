"""Batches cut out of a pair pairs, on the device where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from dosenet.fitting.seeds import generator_of
from dosenet.pairs import Pairs, Row
from dosenet.preset import NetworkConfig
from dosenet.slices import AIR_HU, COARSE_MM, CT_RANGE_HU, RATIO, coarse_place


class Batch(NamedTuple):
    """Crops of planes, all normalised.

    Coarse dose ``(b, c, h, w)``, CT ``(b, c', 4h, 4w)``, reference dose ``(b, n, 4h, 4w)`` of n fine planes, and the
    channels of `dosenet.rays` on the coarse plane ``(b, 6, h, w)``, zeros without a source; no channels if the
    pairs were loaded without.
    """

    coarse: Tensor
    ct: Tensor
    target: Tensor
    beam: Tensor


class PairSampler:
    """Draws batches of random crops, reproducibly: step `n` of seed `s` is always the same batch.

    Parameters
    ----------
    pairs
        What to draw from.
    network
        Which planes are input channels.
    crop_px, batch
        Side of the crops in fine pixels (a multiple of 4) and their number.
    seed
        Any number.
    source_known
        Fraction of crops that are given the beam's source.
    augment
        Whether to mirror crops along x, y and z and to swap x and y (dose calculation has no preferred direction).

    Raises
    ------
    ValueError
        If the crop is not whole coarse voxels, or the pairs were not loaded for what the network takes and returns.
    """

    def __init__(
        self,
        pairs: Pairs,
        network: NetworkConfig,
        *,
        crop_px: int,
        batch: int,
        seed: int = 0,
        source_known: float = 1.0,
        augment: bool = True,
    ) -> None:
        if crop_px % RATIO:
            raise ValueError(f"crop_px must be a multiple of {RATIO}, got {crop_px}")
        if pairs.fine_planes != network.fine_planes:
            raise ValueError(
                f"expected pairs loaded for {network.fine_planes} fine planes at once, found {pairs.fine_planes}; "
                "load them with the network's fine_planes"
            )
        if network.beam and pairs.beam is None:
            raise ValueError("expected pairs loaded with beam=True, as the network takes depths, found some without")
        self.pairs, self.crop, self.batch = pairs, crop_px // RATIO, batch
        self.coarse_offsets = torch.tensor(network.coarse_offsets_mm, dtype=torch.float64) / COARSE_MM
        self.ct_steps = torch.tensor(network.ct_steps, dtype=torch.int64)
        self.own_steps = torch.arange(pairs.fine_planes)
        self.seed, self.augment, self.source_known = seed, augment, source_known

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """Yield the batches of steps `first_step`, `first_step` + 1, ... without end."""
        step = first_step
        while True:
            yield self.draw(step)
            step += 1

    def draw(self, step: int, patient: int | None = None) -> Batch:
        """Return the batch of one step, optionally of one patient only."""
        generator = generator_of(self.seed, step)
        pool = None if patient is None else torch.nonzero(self.pairs.patient_of == patient)[:, 0]
        count = len(self.pairs) if pool is None else len(pool)
        picks = torch.randint(count, (self.batch,), generator=generator)
        rows = picks if pool is None else pool[picks]
        chances = torch.rand((self.batch, 4), generator=generator, dtype=torch.float64)
        top = self._corner(rows, chances[:, :2], chances[:, 2:])
        flips = (
            torch.randint(2, (self.batch, 4), generator=generator)
            if self.augment
            else torch.zeros(self.batch, 4).long()
        )
        told = torch.rand(self.batch, generator=generator) < self.source_known
        return self.cut(rows, top, flips, told)

    def _corner(self, rows: Tensor, point: Tensor, shift: Tensor) -> Tensor:
        """Choose crop corners ``(b, 2)``, coarse voxels, so that each crop covers a point with dose."""
        row = Row[Tensor](*self.pairs.rows[rows].unbind(1))
        size = torch.stack([row.ny, row.nx], 1)
        low, high = torch.stack([row.box_y0, row.box_x0], 1), torch.stack([row.box_y1, row.box_x1], 1)
        at = low + (point * (high - low + 1)).long()
        corner = at - (shift * self.crop).long()
        room = size - self.crop
        inside = torch.minimum(corner.clamp_min(0), room)
        return torch.where(room >= 0, inside, torch.div(room, 2, rounding_mode="floor"))

    def cut(self, rows: Tensor, top: Tensor, flips: Tensor, told: Tensor | None = None) -> Batch:
        """Cut crops out of planes `rows` ``(b,)`` at corners `top` ``(b, 2)`` (y, x), coarse voxels.

        `flips` ``(b, 4)`` says for each crop whether to mirror y, x and z and to swap y and x. Outside the lattice
        the dose is zero and there is air. `told` ``(b,)`` says which crops are given the source; None for all.
        """
        pairs = self.pairs
        device = pairs.device
        # One transfer: the table, corners and flips together; everything after stays on the device.
        wide = torch.cat([pairs.rows[rows], top, flips], 1).to(device, non_blocking=True)
        columns = len(Row._fields)
        row = Row[Tensor](*wide[:, :columns].unbind(1))
        top, flips = wide[:, columns : columns + 2], wide[:, columns + 2 :]
        scale = pairs.scale[rows].to(device, non_blocking=True)
        mirrored = flips[:, 2:3]
        last_step = pairs.fine_planes - 1
        sign = (1 - 2 * mirrored).double()

        y, x, valid = _pixels(self.crop, top, flips, row.ny, row.nx)
        middle = coarse_place(row.plane + last_step / 2) - row.coarse_first
        place = middle[:, None] + sign * self.coarse_offsets.to(device)
        place = torch.minimum(place.clamp_min(0), (row.coarse_planes - 1)[:, None].double())
        low = place.floor().long()
        weight = (place - low).float()[:, :, None, None]
        high = torch.minimum(low + 1, (row.coarse_planes - 1)[:, None])
        flat = (row.coarse[:, None, None] + y * row.nx[:, None, None] + x)[:, None]
        stride = (row.ny * row.nx)[:, None]
        below = pairs.coarse[flat + (low * stride)[:, :, None, None]]
        above = pairs.coarse[flat + (high * stride)[:, :, None, None]]
        coarse = (below + weight * (above - below)) * valid[:, None]
        beam = coarse[:, :0] if pairs.beam is None else _beam(pairs.beam, row, flat[:, 0], valid, told)

        y, x, valid = _pixels(self.crop * RATIO, top * RATIO, flips, row.ny * RATIO, row.nx * RATIO)
        flat = (y * (row.nx * RATIO)[:, None, None] + x)[:, None]
        planes = row.plane[:, None] + _steps(self.ct_steps.to(device), mirrored, last_step)
        scanned = (planes >= 0) & (planes < row.ct_planes[:, None])
        planes = torch.minimum(planes.clamp_min(0), (row.ct_planes - 1)[:, None])
        start = row.ct[:, None] + planes * (row.ny * row.nx * RATIO**2)[:, None]
        there = valid[:, None] & scanned[:, :, None, None]
        hu = pairs.ct[flat + start[:, :, None, None]].masked_fill(~there, AIR_HU)
        low_hu, high_hu = CT_RANGE_HU
        ct = ((hu.float() - low_hu) / (high_hu - low_hu)).clamp(0, 1)
        own = _steps(self.own_steps.to(device), mirrored, last_step)
        start = row.fine[:, None] + own * (row.ny * row.nx * RATIO**2)[:, None]
        counts = pairs.fine[flat + start[:, :, None, None]].int() & 0xFFFF
        target = counts.float() * scale[:, None, None, None] * valid[:, None]
        return Batch(coarse, ct, target, beam)


def _beam(stored: Tensor, row: Row[Tensor], flat: Tensor, valid: Tensor, told: Tensor | None) -> Tensor:
    """Return the beam's channels ``(b, 6, h, w)`` of the rows' own coarse planes."""
    own = (torch.div(row.plane, RATIO, rounding_mode="floor") - row.coarse_first) * row.ny * row.nx
    seen = valid if told is None else valid & told.to(valid.device)[:, None, None]
    channels = stored[flat + own[:, None, None]].permute(0, 3, 1, 2).float()
    return torch.cat([channels, torch.ones_like(channels[:, :1])], 1) * seen[:, None]


def _steps(steps: Tensor, mirrored: Tensor, last: int) -> Tensor:
    """Return plane steps ``(b, c)`` from the first of ``last + 1`` planes, mirrored about their middle or not."""
    return torch.where(mirrored.bool(), last - steps, steps)


def _pixels(size: int, top: Tensor, flips: Tensor, ny: Tensor, nx: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return source rows and columns ``(b, size, size)``, clamped into the plane, and which of them lie inside."""
    step = torch.arange(size, device=top.device)
    swap = flips[:, 3, None, None].bool()
    y = torch.where(swap, step[None, None, :], step[None, :, None])
    x = torch.where(swap, step[None, :, None], step[None, None, :])
    y = torch.where(flips[:, 0, None, None].bool(), size - 1 - y, y) + top[:, 0, None, None]
    x = torch.where(flips[:, 1, None, None].bool(), size - 1 - x, x) + top[:, 1, None, None]
    rows, columns = ny[:, None, None], nx[:, None, None]
    valid = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
    return torch.minimum(y.clamp_min(0), rows - 1), torch.minimum(x.clamp_min(0), columns - 1), valid
