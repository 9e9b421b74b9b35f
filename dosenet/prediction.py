"""Prediction of a fine dose on a volume of any size: normalise, run the network where there is dose, rescale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from dosenet.dosed_part import CONTEXT, LEAST_DOSE, MARGIN, SEAM, Part, sees
from dosenet.energy import ENERGY_CHANNELS, Energy
from dosenet.kept_ct import ct_on
from dosenet.lanes import in_lanes
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
from dosenet.local_correction import Place, correct
from dosenet.network import DdnLite, DoseNetwork
from dosenet.precision import Precision, cast, used_on
from dosenet.preset import NetworkConfig
from dosenet.rays import CHANNELS, Densities, along_beam, half_lattice
from dosenet.skin import within
from dosenet.slices import (
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
from dosenet.upsampling import resize
from dosenet.weights import Model

__all__ = ["BodyMask", "CoarseDose", "CtGrid", "FineDose", "body_lattice", "predict"]


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
    least: float = LEAST_DOSE,
    precision: Precision | str = Precision.AUTO,
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
    least
        Share of the maximum that counts as dose where the part of a plane is chosen that goes through the network, see
        `dosenet.dosed_part`; 0 for whole planes.
    precision
        What the network's convolutions are calculated with: ``float32`` or ``bfloat16``; ``auto``, the faster one on
        this machine, see `dosenet.precision.used_on`.
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
        network = cast(model.network, used_on(next(model.network.parameters()).device, Precision(precision)))
        config = network.config
        context = min(CONTEXT, sees(config) + SEAM)
        chosen = selected_planes(own, threshold)
        rays = _rays(config, own, ct, inner, source_mm)
        told = energy if config.energy else None
        others = np.setdiff1d(np.arange(nz), chosen)
        for planes in (others[start : start + batch] for start in range(0, others.size, batch)):
            values[planes] = _linear(own, body, planes)

        def calculate(firsts: NDArray[np.intp]) -> None:
            planes = (firsts[:, None] + np.arange(config.fine_planes)).reshape(-1)
            part = Part.around(_nearest(dose, planes), min(least, threshold), context)
            learned = np.isin(planes, chosen)
            beam = _beam(rays, told, firsts, part, config)
            contour = None if body is None else part.pad(body.inside[planes][:, *part.in_grid(RATIO)], RATIO, -1.0)
            answer = _run(network, dose, _ct_planes(ct, lattice, firsts, part, config), beam, contour, firsts, part)
            there = planes[learned]
            values[there] = part.put(answer[learned], values[there] if part.whole else _linear(own, body, there))

        batches = _batches(chosen, batch, config.fine_planes)
        with _evaluating(network), closing(in_lanes(calculate, batches)) as done:
            for firsts, _ in zip(batches, done, strict=True):
                if progress is not None:
                    progress(int((chosen < firsts[-1] + config.fine_planes).sum()), len(chosen))
            if isinstance(network, DdnLite) and network.correction is not None and chosen.size:

                def ct_of(planes: NDArray[np.intp]) -> NDArray[np.float32]:
                    edge = RATIO * MARGIN
                    return _fine_planes(ct, lattice, planes, config)[:, edge:-edge, edge:-edge]

                place = Place(fine, source_mm, energy, body)
                correct(network.correction, values, chosen, ct_of, place)
        values *= np.float32(maximum)
    return FineDose(values, fine.spacing_mm, fine.origin_mm)


def _nearest(dose: NDArray[np.float32], planes: NDArray[np.intp]) -> NDArray[np.float32]:
    """Coarse planes that fine planes lie on or between."""
    place = coarse_index(planes)
    return dose[max(int(np.floor(place.min())), 0) : int(np.ceil(place.max())) + 1]


def _linear(own: NDArray[np.float32], body: BodyMask | None, planes: NDArray[np.intp]) -> NDArray[np.float32]:
    """Interpolate the coarse dose on fine planes ``(n, y, x)``, within the body where that is known."""
    coarse = interpolate_planes(own, coarse_index(planes))
    linear = resize(torch.from_numpy(coarse)[None], RATIO)[0]
    outline = None if body is None else torch.from_numpy(body.inside[planes])
    found: NDArray[np.float32] = within(linear, outline).numpy()
    return found


Rays = Callable[[NDArray[np.intp], Part], NDArray[np.float32]]


def _rays(
    config: NetworkConfig, own: NDArray[np.float32], ct: CtGrid, lattice: Lattice, source_mm: Triple | None
) -> Rays | None:
    """Return a function giving the beam channels ``(b, 6, y, x)`` of part of groups of planes; None if unused."""
    if source_mm is None or not config.beam:
        return None
    # Where the dose reaches a side of its grid, the body continues beyond it, to the end of the CT at most.
    beyond = _voxels_to_cover(lattice, ct.lattice) if max(own[:, [0, -1]].max(), own[:, :, [0, -1]].max()) > 0 else 0
    wide = padded(lattice, beyond)
    dose = np.pad(own, ((0, 0), (beyond, beyond), (beyond, beyond)), mode="edge")
    densities = Densities.within_dose(ct_on(ct, half_lattice(wide)), dose, wide)

    def of_groups(firsts: NDArray[np.intp], part: Part) -> NDArray[np.float32]:
        there = lattice.part(*part.in_grid())
        return part.pad(along_beam(densities, source_mm, there, firsts // RATIO).numpy(), 1, 0.0)

    return of_groups


def _beam(
    rays: Rays | None, energy: Energy | None, firsts: NDArray[np.intp], part: Part, config: NetworkConfig
) -> NDArray[np.float32] | None:
    """Return the channels of source and energy ``(b, 6 or 8, y, x)`` of groups of planes; None if neither is known."""
    if rays is None and energy is None:
        return None
    plane = (part.y[1] - part.y[0], part.x[1] - part.x[0])
    source = np.zeros((len(firsts), CHANNELS, *plane), dtype=np.float32) if rays is None else rays(firsts, part)
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
    network: DoseNetwork,
    dose: NDArray[np.float32],
    hu: NDArray[np.float32],
    beam: NDArray[np.float32] | None,
    contour: NDArray[np.float32] | None,
    firsts: NDArray[np.intp],
    part: Part,
) -> NDArray[np.float32]:
    """Run the network on the part of b groups of n planes of the padded lattice; return ``(b * n, y, x)``."""
    config = network.config
    middles = firsts + (config.fine_planes - 1) / 2
    places = [coarse_index(middles, offset) for offset in config.coarse_offsets_mm]
    cut = dose[:, *part.cut()]
    coarse = np.stack([interpolate_planes(cut, place) for place in places], 1)
    device = next(network.parameters()).device
    inputs = (coarse, hu, beam, None if contour is None else contour.reshape(-1, config.fine_planes, *hu.shape[2:]))
    tensors = [
        None if a is None else torch.from_numpy(a).to(device).contiguous(memory_format=torch.channels_last)
        for a in inputs
    ]
    with torch.inference_mode():
        fine: NDArray[np.float32] = network(*tensors).float().cpu().numpy()
    return fine.reshape(-1, *fine.shape[2:])


def _ct_planes(
    ct: CtGrid, lattice: Lattice, firsts: NDArray[np.intp], part: Part, config: NetworkConfig
) -> NDArray[np.float32]:
    """Return normalised CT ``(b, c', y, x)`` of the part of planes and their neighbours; air beyond the CT."""
    wanted = firsts[:, None] + np.array(config.ct_steps)
    return _fine_planes(ct, lattice, wanted, config, part.cut(RATIO))


def _fine_planes(
    ct: CtGrid,
    lattice: Lattice,
    wanted: NDArray[np.intp],
    config: NetworkConfig,
    cut: tuple[slice, slice] | None = None,
) -> NDArray[np.float32]:
    """Return planes of the normalised CT on the fine lattice of a coarse one, and those around it that are seen."""
    reach = max(-min(config.ct_steps), *config.ct_steps)
    (nx, ny, nz), (x, y, z) = (fine := fine_lattice(lattice)).size, fine.origin_mm
    whole = Lattice((nx, ny, nz + 2 * reach), fine.spacing_mm, (x, y, z - reach * FINE_MM))
    planes: NDArray[np.float32] = ct_on(ct, whole, wanted + reach, normalise_ct)[wanted + reach, *(cut or (...,))]
    return planes


def _batches(chosen: NDArray[np.intp], batch: int, fine_planes: int) -> list[NDArray[np.intp]]:
    """Return the first planes of the groups of each batch."""
    firsts = first_planes(chosen, fine_planes)
    at_once = max(batch // fine_planes, 1)
    return [firsts[start : start + at_once] for start in range(0, len(firsts), at_once)]


@contextmanager
def _evaluating(network: DoseNetwork) -> Iterator[None]:
    """Switch a network to evaluation for a block."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)
