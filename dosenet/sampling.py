"""Batches cut out of pairs, on the device where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from dosenet.fitting.seeds import generator_of
from dosenet.pairs import Pairs, Row
from dosenet.preset import NetworkConfig
from dosenet.rays import STORED_CHANNELS
from dosenet.slices import AIR_HU, COARSE_MM, CT_RANGE_HU, RATIO, coarse_place


class Batch(NamedTuple):
    """Crops of planes, all normalised.

    Coarse dose ``(b, c, h, w)``, CT ``(b, c', 4h, 4w)``, reference dose ``(b, n, 4h, 4w)`` of n fine planes, and what
    is told of the beam ``(b, 6 or 8, h, w)``: the channels of `dosenet.rays` on the coarse plane, zeros without a
    source, and those of `dosenet.energy`, if the network takes them; no channels if the pairs were loaded without. The
    contour ``(b, n, 4h, 4w)`` is 1 inside the body, 0 outside and -1 where that is not told.
    """

    coarse: Tensor
    ct: Tensor
    target: Tensor
    beam: Tensor
    contour: Tensor

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What a network takes, laid out as convolutions like it."""
        given = (self.coarse, self.ct, self.beam, self.contour)
        return tuple(tensor.contiguous(memory_format=torch.channels_last) for tensor in given)


class Told(NamedTuple):
    """Which crops ``(b,)`` are told the source, the energy and the outline of the body, and that of which planes.

    Contours are drawn on slices of a CT, so that of a plane of dose may lie `raised` planes above it: -1, 0 or 1.
    """

    source: Tensor
    energy: Tensor
    body: Tensor
    raised: Tensor


class PairSampler:
    """Draws batches of random crops, reproducibly: step `n` of seed `s` is always the same batch.

    Every combination of kind and energy in the pairs is drawn as often, however few its fields (`Pairs.weights`).

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
    energy_known, body_known
        Fractions of crops that are told the energy, and the outline of the body.
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
        energy_known: float = 1.0,
        body_known: float = 1.0,
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
        self.seed, self.augment, self.energy = seed, augment, network.energy
        self.known = (source_known, energy_known, body_known)
        self.ends = pairs.weights.cumsum(0)

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """Yield the batches of steps `first_step`, `first_step` + 1, ... without end."""
        step = first_step
        while True:
            yield self.draw(step)
            step += 1

    def draw(self, step: int, field: int | None = None) -> Batch:
        """Return the batch of one step, optionally of one field only."""
        generator = generator_of(self.seed, step)
        if field is None:
            picks = torch.rand(self.batch, generator=generator, dtype=torch.float64) * self.ends[-1]
            rows = torch.searchsorted(self.ends, picks, right=True).clamp_max(len(self.pairs) - 1)
        else:
            pool = torch.nonzero(self.pairs.field_of == field)[:, 0]
            rows = pool[torch.randint(len(pool), (self.batch,), generator=generator)]
        chances = torch.rand((self.batch, 4), generator=generator, dtype=torch.float64)
        top = self._corner(rows, chances[:, :2], chances[:, 2:])
        flips = (
            torch.randint(2, (self.batch, 4), generator=generator)
            if self.augment
            else torch.zeros(self.batch, 4).long()
        )
        source, energy, body = (torch.rand(self.batch, generator=generator) < share for share in self.known)
        raised = torch.randint(2, (self.batch, 2), generator=generator) if self.augment else torch.zeros(self.batch, 2)
        return self.cut(rows, top, flips, Told(source, energy, body, (raised[:, 0] - raised[:, 1]).long()))

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

    def cut(self, rows: Tensor, top: Tensor, flips: Tensor, told: Told | None = None) -> Batch:
        """Cut crops out of planes `rows` ``(b,)`` at corners `top` ``(b, 2)`` (y, x), coarse voxels.

        `flips` ``(b, 4)`` says for each crop whether to mirror y, x and z and to swap y and x. Outside the lattice
        the dose is zero and there is air. `told` says which crops are told what; None for all.
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
        beam = (
            coarse[:, :0]
            if pairs.beam is None
            else _beam(pairs.beam, row, y * row.nx[:, None, None] + x, valid, None if told is None else told.source)
        )
        if self.energy:
            values = pairs.energy[pairs.field_of[rows]]
            values = values if told is None else values * told.energy[:, None]
            beam = torch.cat([beam, values.to(device)[:, :, None, None].expand(-1, -1, *beam.shape[2:])], 1)

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
        planes = row.plane[:, None] + own + (0 if told is None else told.raised.to(device)[:, None])
        planes = torch.minimum(planes.clamp_min(0), (row.ct_planes - 1)[:, None])
        start = row.ct[:, None] + planes * (row.ny * row.nx * RATIO**2)[:, None]
        contour = pairs.body[flat + start[:, :, None, None]].float() * valid[:, None]
        if told is not None:
            contour = contour.masked_fill(~told.body.to(device)[:, None, None, None], -1.0)
        return Batch(coarse, ct, target, beam, contour)


def _beam(stored: Tensor, row: Row[Tensor], flat: Tensor, valid: Tensor, told: Tensor | None) -> Tensor:
    """Return the channels of the source ``(b, 6, h, w)`` at voxels `flat` of the rows' own coarse planes."""
    seen = valid & (row.beam >= 0)[:, None, None]
    if told is not None:
        seen = seen & told.to(valid.device)[:, None, None]
    if not len(stored):
        stored = stored.new_zeros(1, STORED_CHANNELS)
    channels = stored[(flat + row.beam[:, None, None]) * seen].permute(0, 3, 1, 2).float()
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
