"""Prediction of a fine dose on a volume of any size: normalise, run the network plane by plane, rescale."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.energy import ENERGY_CHANNELS, Energy
from dosenet.lattice import (
    BodyMask,
    CoarseDose,
    CtGrid,
    FineDose,
    Lattice,
    Triple,
    coarse_lattice,
    fine_lattice,
    padded,
    resample,
)
from dosenet.network import DdnLite, DeepDoseNet
from dosenet.preset import NetworkConfig
from dosenet.rays import CHANNELS, Densities, along_beam, half_lattice
from dosenet.skin import within
from dosenet.slices import (
    AIR_HU,
    COARSE_MM,
    FINE_MM,
    RATIO,
    SLICE_THRESHOLD,
    coarse_index,
    first_planes,
    interpolate_planes,
    normalise_ct,
    selected_planes,
)
from dosenet.upsampling import upsample
from dosenet.weights import Model

__all__ = ["BodyMask", "CoarseDose", "CtGrid", "FineDose", "body_lattice", "predict"]

MARGIN = 6
"""Coarse voxels added around the dose lattice in plane, so that the network's edge effects fall outside it."""


def body_lattice(dose: Lattice) -> Lattice:
    """Return the lattice at 1.25 mm on which the fine dose of a coarse one lies, and the body is to be given."""
    return fine_lattice(coarse_lattice(dose))


def predict(
    model: Model,
    coarse: CoarseDose,
    ct: CtGrid,
    source_mm: Triple | None = None,
    *,
    energy: Energy | None = None,
    body: BodyMask | None = None,
    batch: int = 8,
    threshold: float = SLICE_THRESHOLD,
    progress: Callable[[int, int], None] | None = None,
) -> FineDose:
    """Predict the fine dose of one coarse dose (a field, or a plan).

    The coarse dose is divided by its maximum and the result multiplied by it again, so the prediction scales with
    monitor units. Planes below `threshold` of the maximum, on which the network was never trained, are interpolated
    linearly.

    Parameters
    ----------
    model
        From `load_model`, its network on the device to use.
    coarse
        Coarse dose, Gy; resampled to 5 mm first if it has another spacing.
    ct
        CT, HU, of any spacing; air is assumed beyond it.
    source_mm
        Radiation source of the beam (x, y, z), mm, LPS; None if it is unknown or there are several, as in an arc or a
        plan dose. A network trained with the source is then less accurate.
    energy
        Energy of the beam, or of all beams of a plan dose; None if it is unknown or they differ. A network that is
        not told the energy (`NetworkConfig.energy`) ignores it.
    body
        Where the planning system calculates dose, on `body_lattice`; None if that is not known, and then the network
        guesses the outline from the CT. More than a voxel outside it the dose is exactly zero.
    batch
        Planes per batch; at least as many as the network returns at once.
    threshold
        Share of the maximum dose that a plane must reach to go through the network.
    progress
        Called with (planes done, planes in all); an exception it raises ends the prediction.

    Returns
    -------
    FineDose
        Gy at 1.25 mm, on the lattice that tiles the 5 mm one.

    Raises
    ------
    ValueError
        If the body is given on another lattice.
    """
    network = model.network
    inner = coarse_lattice(coarse.lattice)
    lattice = padded(inner, MARGIN)
    dose = resample(coarse, lattice)
    own = dose[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    maximum = float(own.max())
    fine = fine_lattice(inner)
    if body is not None:
        body.require(fine)
    nx, ny, nz = fine.size
    values = np.zeros((nz, ny, nx), dtype=np.float32)
    if maximum > 0:
        dose = dose / np.float32(maximum)
        own = own / np.float32(maximum)
        chosen = selected_planes(own, threshold)
        rays = _rays(network.config, own, ct, inner, source_mm)
        told = energy if network.config.energy else None
        for plane in np.setdiff1d(np.arange(nz), chosen):
            linear = upsample(torch.from_numpy(interpolate_planes(own, coarse_index(plane)[None]))[None])[0]
            outline = None if body is None else torch.from_numpy(body.inside[plane][None].astype(np.float32))
            values[plane] = within(linear, outline)[0].numpy()
        for firsts in _batches(chosen, batch, network.config.fine_planes, progress):
            planes = (firsts[:, None] + np.arange(network.config.fine_planes)).reshape(-1)
            learned = np.isin(planes, chosen)
            beam = _beam(rays, told, firsts, dose.shape[1:], network.config)
            contour = None if body is None else _contour(body, planes)
            values[planes[learned]] = _run(network, dose, ct, beam, contour, fine_lattice(lattice), firsts)[learned]
        values *= np.float32(maximum)
    return FineDose(values, fine.spacing_mm, fine.origin_mm)


Rays = Callable[[NDArray[np.intp]], NDArray[np.float32]]


def _rays(
    config: NetworkConfig, own: NDArray[np.float32], ct: CtGrid, lattice: Lattice, source_mm: Triple | None
) -> Rays | None:
    """Return a function giving the beam channels ``(b, 6, y, x)`` of groups of planes; None if they are not used."""
    if source_mm is None or not config.beam:
        return None
    # Where the dose reaches a side of its grid, the body continues beyond it, to the end of the CT at most.
    beyond = _voxels_to_cover(lattice, ct.lattice) if max(own[:, [0, -1]].max(), own[:, :, [0, -1]].max()) > 0 else 0
    wide = padded(lattice, beyond)
    dose = np.pad(own, ((0, 0), (beyond, beyond), (beyond, beyond)), mode="edge")
    densities = Densities.within_dose(resample(ct, half_lattice(wide), outside=AIR_HU), dose, wide)

    def of_groups(firsts: NDArray[np.intp]) -> NDArray[np.float32]:
        channels: NDArray[np.float32] = along_beam(densities, source_mm, lattice, firsts // RATIO).numpy()
        return np.pad(channels, ((0, 0), (0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))

    return of_groups


def _beam(
    rays: Rays | None, energy: Energy | None, firsts: NDArray[np.intp], plane: tuple[int, ...], config: NetworkConfig
) -> NDArray[np.float32] | None:
    """Return the channels of source and energy ``(b, 6 or 8, y, x)`` of groups of planes; None if neither is known."""
    if rays is None and energy is None:
        return None
    source = np.zeros((len(firsts), CHANNELS, *plane), dtype=np.float32) if rays is None else rays(firsts)
    if not config.energy:
        return source
    told = np.zeros((len(firsts), ENERGY_CHANNELS, *plane), dtype=np.float32)
    if energy is not None:
        told += np.asarray(energy.channels, dtype=np.float32)[:, None, None]
    return np.concatenate([source, told], 1)


def _voxels_to_cover(lattice: Lattice, ct: Lattice) -> int:
    """Voxels to add on each side in plane so that a lattice covers the whole CT."""
    short_mm = [0.0]
    for axis in (0, 1):
        own, whole = lattice.centres_mm(axis), ct.centres_mm(axis)
        short_mm += [own[0] - whole[0], whole[-1] - own[-1]]
    return int(np.ceil(max(short_mm) / COARSE_MM))


def _run(
    network: DeepDoseNet | DdnLite,
    dose: NDArray[np.float32],
    ct: CtGrid,
    beam: NDArray[np.float32] | None,
    contour: NDArray[np.float32] | None,
    lattice: Lattice,
    firsts: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Run the network on b groups of n planes of the padded lattice; return ``(b * n, y, x)`` without the margin."""
    config = network.config
    middles = firsts + (config.fine_planes - 1) / 2
    places = [coarse_index(middles, offset) for offset in config.coarse_offsets_mm]
    coarse = np.stack([interpolate_planes(dose, place) for place in places], 1)
    hu = _ct_planes(ct, lattice, firsts, config)
    device = next(network.parameters()).device
    cuda = device.type == "cuda"
    inputs = (coarse, hu, beam, None if contour is None else contour.reshape(-1, config.fine_planes, *hu.shape[2:]))
    tensors = [
        None if a is None else torch.from_numpy(a).to(device).contiguous(memory_format=torch.channels_last)
        for a in inputs
    ]
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=cuda):
            fine: NDArray[np.float32] = network(*tensors).float().cpu().numpy()
    finally:
        network.train(was_training)
    edge = MARGIN * RATIO
    inner: NDArray[np.float32] = fine.reshape(-1, *fine.shape[2:])[:, edge:-edge, edge:-edge]
    return inner


def _contour(body: BodyMask, planes: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return planes ``(n, y, x)`` of the body, with the margin, of which nothing is known."""
    edge = MARGIN * RATIO
    return np.pad(body.inside[planes].astype(np.float32), ((0, 0), (edge, edge), (edge, edge)), constant_values=-1.0)


def _ct_planes(ct: CtGrid, lattice: Lattice, firsts: NDArray[np.intp], config: NetworkConfig) -> NDArray[np.float32]:
    """Return normalised CT ``(b, c', y, x)`` of the planes and their neighbours; air beyond the CT."""
    nx, ny, _ = lattice.size
    wanted = firsts[:, None] + np.array(config.ct_steps)
    first, last = int(wanted.min()), int(wanted.max())
    x, y, z = lattice.origin_mm
    slab = Lattice((nx, ny, last - first + 1), lattice.spacing_mm, (x, y, z + first * FINE_MM))
    normalised: NDArray[np.float32] = normalise_ct(resample(ct, slab, outside=AIR_HU))[wanted - first]
    return normalised


def _batches(
    chosen: NDArray[np.intp],
    batch: int,
    fine_planes: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[NDArray[np.intp]]:
    """Yield the first planes of the groups of each batch."""
    firsts = first_planes(chosen, fine_planes)
    at_once = max(batch // fine_planes, 1)
    for start in range(0, len(firsts), at_once):
        some = firsts[start : start + at_once]
        yield some
        if progress is not None:
            progress(int((chosen < some[-1] + fine_planes).sum()), len(chosen))
