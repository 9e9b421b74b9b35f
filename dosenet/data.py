"""Training pairs in memory, and batches cut out of them on the device that trains.

All doses and CTs are kept compact (16 bit) in three flat tensors; a batch is one gather per tensor, on the CPU or
wholly on a GPU, so no loader processes are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dosenet.slices import COARSE_MM, CT_RANGE_HU, FINE_MM, RATIO, SLICE_THRESHOLD, selected_planes
from dosenet.store import FieldPair, PairWriter, PatientPairs, read_patients

__all__ = ["Batch", "PairSampler", "PairStore", "PairWriter"]

AIR_HU = -1000
_MARGIN = 3
"""Coarse planes kept beyond the selected ones, for the neighbouring planes given to the network."""


class Batch(NamedTuple):
    """Crops of planes: coarse dose ``(b, c, h, w)``, CT ``(b, c', 4h, 4w)``, reference ``(b, 1, 4h, 4w)``, all normalised."""

    aaa: Tensor
    ct: Tensor
    target: Tensor


class _Row(NamedTuple):
    """Where one plane lies in the flat tensors (numbers of elements), and its lattice."""

    fine: int
    ct: int
    coarse: int
    plane: int  # fine plane index within the patient's CT
    ct_planes: int
    coarse_first: int  # first coarse plane kept
    coarse_planes: int
    ny: int  # coarse size in plane
    nx: int
    patient: int
    box_y0: int  # where dose is on the plane, coarse voxels, ends included
    box_y1: int
    box_x0: int
    box_x1: int


@dataclass(frozen=True)
class PairStore:
    """Every plane of at least 10 % dose of a set of fields, in memory.

    Attributes
    ----------
    patients
        Names, in order of index.
    rows
        ``(planes, 14)`` int64 table, see `_Row`.
    scale
        ``(planes,)`` normalised dose of one count.
    fine, ct, coarse
        Flat tensors: reference counts (the bits of uint16), HU (int16), coarse dose over its maximum (float32).
    """

    patients: tuple[str, ...]
    rows: Tensor
    scale: Tensor
    fine: Tensor
    ct: Tensor
    coarse: Tensor

    @classmethod
    def load(
        cls,
        path: Path | str,
        split: str,
        device: torch.device | str = "cpu",
        *,
        threshold: float = SLICE_THRESHOLD,
        progress: Callable[[int, int], None] | None = None,
    ) -> PairStore:
        """Read one split of a pair store.

        Raises
        ------
        ValueError
            If the split holds no field.
        """
        return cls.build(read_patients(path, split), device, threshold=threshold, progress=progress)

    @classmethod
    def build(
        cls,
        patients: Sequence[PatientPairs],
        device: torch.device | str = "cpu",
        *,
        threshold: float = SLICE_THRESHOLD,
        progress: Callable[[int, int], None] | None = None,
    ) -> PairStore:
        """Read all fields of some patients; `progress` is told (fields done, fields in all)."""
        fields = [(index, pair) for index, patient in enumerate(patients) for pair in patient.fields()]
        if not fields:
            raise ValueError("expected at least one complete field in the store for this split, found none")
        ct, ct_starts = _read_cts(patients)
        rows: list[_Row] = []
        scales: list[float] = []
        fine_parts: list[Tensor] = []
        coarse_parts: list[Tensor] = []
        fine_end = coarse_end = 0
        for done, (index, pair) in enumerate(fields):
            fine, coarse, found, scale = _read_field(pair, threshold)
            for row in found:
                rows.append(
                    row._replace(
                        fine=row.fine + fine_end,
                        coarse=coarse_end,
                        ct=ct_starts[index],
                        ct_planes=patients[index].ct_shape[0],
                        patient=index,
                    )
                )
                scales.append(scale)
            fine_parts.append(fine.to(device))
            coarse_parts.append(coarse.to(device))
            fine_end += fine.numel()
            coarse_end += coarse.numel()
            if progress is not None:
                progress(done + 1, len(fields))
        return cls(
            patients=tuple(patient.name for patient in patients),
            rows=torch.tensor(rows, dtype=torch.int64),
            scale=torch.tensor(scales, dtype=torch.float32),
            fine=_concatenate(fine_parts),
            ct=ct.to(device),
            coarse=_concatenate(coarse_parts),
        )

    def __len__(self) -> int:
        """Return the number of planes."""
        return int(self.rows.shape[0])

    @property
    def device(self) -> torch.device:
        """Where the doses lie."""
        return self.fine.device

    @property
    def patient_of(self) -> Tensor:
        """Patient index of each plane, ``(planes,)``."""
        return self.rows[:, _Row._fields.index("patient")]


class PairSampler:
    """Draws batches of random crops, reproducibly: step `n` of seed `s` is always the same batch.

    Parameters
    ----------
    store
        The pairs.
    crop_px, batch
        Side of the crops in fine pixels (a multiple of 4) and their number.
    aaa_offsets_mm, ct_offsets_mm
        Neighbouring planes given as channels.
    seed
        Any number.
    augment
        Whether to mirror crops along x, y and z and to swap x and y (dose calculation knows no preferred direction).
    """

    def __init__(
        self,
        store: PairStore,
        *,
        crop_px: int,
        batch: int,
        aaa_offsets_mm: Sequence[float] = (0.0,),
        ct_offsets_mm: Sequence[float] = (0.0,),
        seed: int = 0,
        augment: bool = True,
    ) -> None:
        if crop_px % RATIO:
            raise ValueError(f"crop_px must be a multiple of {RATIO}, got {crop_px}")
        self.store, self.crop, self.batch = store, crop_px // RATIO, batch
        self.aaa_offsets = torch.tensor(aaa_offsets_mm, dtype=torch.float64) / COARSE_MM
        self.ct_offsets = torch.tensor([round(v / FINE_MM) for v in ct_offsets_mm], dtype=torch.int64)
        self.seed, self.augment = seed, augment

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """Yield the batches of steps `first_step`, `first_step` + 1, ... without end."""
        step = first_step
        while True:
            yield self.draw(step)
            step += 1

    def draw(self, step: int, patient: int | None = None) -> Batch:
        """Return the batch of one step, optionally of one patient only."""
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + step) & 0x7FFF_FFFF_FFFF_FFFF)
        pool = None if patient is None else torch.nonzero(self.store.patient_of == patient)[:, 0]
        count = len(self.store) if pool is None else len(pool)
        picks = torch.randint(count, (self.batch,), generator=generator)
        rows = picks if pool is None else pool[picks]
        chances = torch.rand((self.batch, 4), generator=generator, dtype=torch.float64)
        top = self._corner(rows, chances[:, :2], chances[:, 2:])
        flips = torch.randint(2, (self.batch, 4), generator=generator) if self.augment else torch.zeros(self.batch, 4).long()
        return self.cut(rows, top, flips)

    def _corner(self, rows: Tensor, point: Tensor, shift: Tensor) -> Tensor:
        """Choose crop corners ``(b, 2)``, coarse voxels, so that each crop covers some point where there is dose."""
        row = _Row(*self.store.rows[rows].unbind(1))  # type: ignore[arg-type]
        size = torch.stack([row.ny, row.nx], 1)
        low, high = torch.stack([row.box_y0, row.box_x0], 1), torch.stack([row.box_y1, row.box_x1], 1)
        at = low + (point * (high - low + 1)).long()
        corner = at - (shift * self.crop).long()
        room = size - self.crop
        inside = torch.minimum(corner.clamp_min(0), room)
        return torch.where(room >= 0, inside, torch.div(room, 2, rounding_mode="floor"))

    def cut(self, rows: Tensor, top: Tensor, flips: Tensor) -> Batch:
        """Cut crops out of planes `rows` ``(b,)`` at corners `top` ``(b, 2)`` (y, x), coarse voxels.

        `flips` ``(b, 4)`` says for each crop whether to mirror y, x and z and to swap y and x. What lies outside the
        lattice is filled with no dose and air.
        """
        store = self.store
        device = store.device
        # One transfer: the table, corners and flips together; everything after stays on the device.
        wide = torch.cat([store.rows[rows], top, flips], 1).to(device, non_blocking=True)
        columns = len(_Row._fields)
        row = _Row(*wide[:, :columns].unbind(1))  # type: ignore[arg-type]
        top, flips = wide[:, columns : columns + 2], wide[:, columns + 2 :]
        scale = store.scale[rows].to(device, non_blocking=True)
        sign = (1 - 2 * flips[:, 2:3]).double()

        y, x, valid = _pixels(self.crop, top, flips, row.ny, row.nx)
        place = ((row.plane / RATIO - 0.375)[:, None] + sign * self.aaa_offsets.to(device)) - row.coarse_first[:, None]
        place = torch.minimum(place.clamp_min(0), (row.coarse_planes - 1)[:, None].double())
        low = place.floor().long()
        weight = (place - low).float()[:, :, None, None]
        high = torch.minimum(low + 1, (row.coarse_planes - 1)[:, None])
        flat = (row.coarse[:, None, None] + y * row.nx[:, None, None] + x)[:, None]
        stride = (row.ny * row.nx)[:, None]
        below = store.coarse[flat + (low * stride)[:, :, None, None]]
        above = store.coarse[flat + (high * stride)[:, :, None, None]]
        aaa = (below + weight * (above - below)) * valid[:, None]

        y, x, valid = _pixels(self.crop * RATIO, top * RATIO, flips, row.ny * RATIO, row.nx * RATIO)
        flat = (y * (row.nx * RATIO)[:, None, None] + x)[:, None]
        planes = row.plane[:, None] + (sign * self.ct_offsets.to(device)).long()
        planes = torch.minimum(planes.clamp_min(0), (row.ct_planes - 1)[:, None])
        start = row.ct[:, None] + planes * (row.ny * row.nx * RATIO**2)[:, None]
        hu = store.ct[flat + start[:, :, None, None]].masked_fill(~valid[:, None], AIR_HU)
        low_hu, high_hu = CT_RANGE_HU
        ct = ((hu.float() - low_hu) / (high_hu - low_hu)).clamp(0, 1)
        counts = store.fine[flat + row.fine[:, None, None, None]].int() & 0xFFFF
        target = counts.float() * scale[:, None, None, None] * valid[:, None]
        return Batch(aaa, ct, target)


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


def _read_cts(patients: Sequence[PatientPairs]) -> tuple[Tensor, list[int]]:
    sizes = [int(np.prod(patient.ct_shape)) for patient in patients]
    starts = [0, *np.cumsum(sizes).tolist()]
    ct = torch.empty(starts[-1], dtype=torch.int16)
    for start, size, patient in zip(starts, sizes, patients, strict=False):
        ct[start : start + size] = torch.from_numpy(patient.ct_hu().reshape(-1))
    return ct, starts[:-1]


def _read_field(pair: FieldPair, threshold: float) -> tuple[Tensor, Tensor, list[_Row], float]:
    """Read the planes of a field that carry dose; positions in the rows are relative to this field."""
    coarse = pair.coarse_gy()
    maximum = float(coarse.max())
    coarse /= maximum
    planes = selected_planes(coarse, threshold)
    planes = planes[(planes >= pair.z_start) & (planes < pair.z_start + pair.fine_shape[0])]
    if planes.size == 0:
        return torch.empty(0, dtype=torch.int16), torch.empty(0), [], 0.0
    counts = pair.fine_counts()[planes - pair.z_start]
    first = max(int(planes[0]) // RATIO - _MARGIN, 0)
    kept = np.ascontiguousarray(coarse[first : int(planes[-1]) // RATIO + _MARGIN + 1])
    _, ny, nx = kept.shape
    rows = []
    for order, plane in enumerate(planes.tolist()):
        nearest = coarse[plane // RATIO]
        ys, xs = np.nonzero(nearest >= min(threshold, float(nearest.max())))
        box = (int(ys.min()), int(ys.max()), int(xs.min()), int(xs.max()))
        rows.append(_Row(order * counts[0].size, 0, 0, plane, 0, first, kept.shape[0], ny, nx, 0, *box))
    bits = torch.from_numpy(counts.reshape(-1).view(np.int16))
    return bits, torch.from_numpy(kept.reshape(-1)), rows, pair.gy_per_count / maximum


def _concatenate(parts: list[Tensor]) -> Tensor:
    """Join and free the parts one by one, so that the peak is one part above the whole."""
    whole = torch.empty(sum(part.numel() for part in parts), dtype=parts[0].dtype, device=parts[0].device)
    end = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[end : end + part.numel()] = part
        end += part.numel()
    return whole
