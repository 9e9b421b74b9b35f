"""A phantom: a CT with structures, made from a site name and a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Grid, Structure, Unit, Volume
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.outline import tissue_share
from esapi_bridge.planning.phantoms import abdomen, breast, head, pelvis, thorax
from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.couch import CouchSide, paint_couch
from esapi_bridge.planning.phantoms.site import Site

SITES: Mapping[str, Site] = {
    site.name: site for site in (thorax.SITE, abdomen.SITE, pelvis.SITE, head.SITE, breast.SITE)
}
"""Every site by name."""

SCANNER_BLUR_MM = 0.75
SCANNER_NOISE_HU = 11.0


@dataclass(frozen=True)
class Phantom:
    """A made-up patient.

    Parameters
    ----------
    site, seed
        What it was made from; the same pair always gives the same phantom.
    ct
        CT, HU, axes along LPS.
    masks
        Structures as boolean arrays on the CT grid, by name; BODY and PTV always, and
        GTV, in a breast TumorBed, inside the PTV. Names are those of AAPM TG-263, but for BODY, which Eclipse names so.
    """

    site: str
    seed: int
    ct: Volume
    masks: Mapping[str, NDArray[np.bool_]]

    @property
    def body(self) -> NDArray[np.bool_]:
        """The patient's outline, ``(z, y, x)``."""
        return self.masks["BODY"]

    @cached_property
    def structures(self) -> tuple[Structure, ...]:
        """The masks as planar contours, BODY first."""
        from esapi_bridge.planning.phantoms.contours import (
            contour_structures,  # contourpy is not needed for the CT alone
        )

        return contour_structures(self.masks, self.ct.grid, tissue_share(self.ct, self.body))


def make_phantom(
    site: str,
    seed: int,
    spacing_mm: tuple[float, float, float] | None = None,
    couch: CouchSide | None = "posterior",
    painter: Callable[[Canvas], None] | None = None,
) -> Phantom:
    """Make a phantom with random anatomy.

    Parameters
    ----------
    site
        Part of the body, one of `SITES`.
    seed
        Chooses the anatomy; every organ's size, shape, position and texture follows from it.
    spacing_mm
        CT voxel size ``(x, y, z)``, mm; the site's usual planning-CT spacing when None.
    couch
        Side of the patient the couch top is on (anterior when prone); None for no couch.
    painter
        Paints the anatomy; the site's own when None.

    Returns
    -------
    Phantom
        CT rounded to whole HU, and structures.

    Raises
    ------
    ValueError
        If the site is unknown.
    """
    if site not in SITES:
        raise ValueError(f"site must be one of {', '.join(SITES)}, got {site!r}")
    part = SITES[site]
    rng = np.random.default_rng([part.stream, seed])
    spacing = spacing_mm or part.spacing_mm
    size = tuple(round(length / step) for length, step in zip(part.field_of_view_mm, spacing, strict=True))
    canvas = Canvas(rng, (size[0], size[1], size[2]), spacing, part.bend_mm)
    (painter or part.paint)(canvas)
    if couch is not None:
        paint_couch(canvas, couch)
    masks = {name: _tidy(mask) for name, mask in canvas.masks.items()}
    origin = tuple(float(axis[0]) for axis in canvas.axes_mm[::-1])
    grid = Grid(canvas.size, spacing, (origin[0], origin[1], origin[2]))
    return Phantom(site, seed, Volume(_scan(canvas), grid, Unit.HU), masks)


def _scan(canvas: Canvas) -> NDArray[np.float32]:
    """Turn painted tissue into what a scanner shows: texture, blur, correlated noise, whole HU."""
    tissue = canvas.hu > -300
    canvas.hu += np.where(tissue, canvas.noise(7.0, 7.0) + canvas.noise(25.0, 5.0), 0)
    sigma = [0.0, SCANNER_BLUR_MM / canvas.spacing_mm[1], SCANNER_BLUR_MM / canvas.spacing_mm[0]]
    noise = canvas.rng.standard_normal(canvas.hu.shape, dtype=np.float32)
    noise *= np.float32(SCANNER_NOISE_HU * 2 * np.sqrt(np.pi) * np.sqrt(sigma[1] * sigma[2]))
    blurred = ndimage.gaussian_filter(canvas.hu + noise, sigma, mode="nearest", truncate=3.0)
    hu: NDArray[np.float32] = np.clip(np.rint(blurred), AIR_HU - 24, 3071).astype(np.float32)
    return hu


def _tidy(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop specks and empty planes' leftovers: keep pieces of at least a tenth of the largest."""
    where = ndimage.find_objects(mask.astype(np.uint8))
    if not where:
        return mask
    result = np.zeros_like(mask)
    pieces, count = ndimage.label(mask[where[0]])
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    result[where[0]] = (sizes >= 0.1 * sizes.max())[pieces]
    return result
