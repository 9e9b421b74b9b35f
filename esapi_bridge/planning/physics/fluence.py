"""Primary fluence of a jaw-defined field in the isocentre plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from esapi_bridge.case import Jaws
from esapi_bridge.planning.physics.beam_model import BeamModel

PIXEL_MM = 1.0
"""Pixel of the fluence map; finer than the blur of any jaw edge."""

PRIMARY_REACH_MM = 12.0
"""How far outside the jaws the map extends: several source blurs."""


@dataclass(frozen=True)
class PrimaryFluence:
    """Energy fluence per MU in the isocentre plane, relative to the open central axis of a large field.

    Parameters
    ----------
    values
        ``(layer, b, a)``, float32: one layer, or several blurred versions of one map.
    a_mm, b_mm
        Pixel centres along collimator X and Y, mm.
    """

    values: NDArray[np.float32]
    a_mm: NDArray[np.float64]
    b_mm: NDArray[np.float64]

    @property
    def limits_mm(self) -> tuple[float, float, float, float]:
        """Extent of the map: lowest and highest X, lowest and highest Y, mm."""
        return float(self.a_mm[0]), float(self.a_mm[-1]), float(self.b_mm[0]), float(self.b_mm[-1])


def _aperture(centres_mm: NDArray[np.float64], low_mm: float, high_mm: float, sigma_mm: float) -> NDArray[np.float64]:
    """Share of a Gaussian source of projected width `sigma_mm` seen between two jaws."""
    scale = np.sqrt(2.0) * sigma_mm
    return np.asarray((erf((centres_mm - low_mm) / scale) - erf((centres_mm - high_mm) / scale)) / 2)


def fluence_pixels(jaws: Jaws, margin_mm: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel centres along X and along Y of a map that reaches `margin_mm` beyond the jaws, mm."""

    def pixels(low: float, high: float) -> NDArray[np.float64]:
        return np.arange(np.floor(low - margin_mm), np.ceil(high + margin_mm) + PIXEL_MM, PIXEL_MM)

    return pixels(jaws.x1_mm, jaws.x2_mm), pixels(jaws.y1_mm, jaws.y2_mm)


def source_parts(model: BeamModel) -> tuple[tuple[float, float], tuple[float, float]]:
    """Share of the fluence and projected width in mm of the focal and of the extrafocal source."""
    return (
        (1.0 - model.extrafocal_share, model.focal_sigma_mm),
        (model.extrafocal_share, model.extrafocal_sigma_mm),
    )


def with_profile(
    seen: NDArray[np.float64], a_mm: NDArray[np.float64], b_mm: NDArray[np.float64], model: BeamModel
) -> PrimaryFluence:
    """Turn the share of the source that each point sees into fluence, by the machine's radial profile."""
    radius = np.hypot(*np.meshgrid(a_mm, b_mm))
    profile = np.interp(radius, model.profile_radius_mm, model.profile)
    return PrimaryFluence(values=(seen * profile)[None].astype(np.float32), a_mm=a_mm, b_mm=b_mm)


def jaw_fluence(jaws: Jaws, model: BeamModel, margin_mm: float = PRIMARY_REACH_MM) -> PrimaryFluence:
    """Fluence behind the jaws: a focal and an extrafocal Gaussian source, times the machine's radial profile.

    The extrafocal part is what makes output rise with field size in air (head scatter).
    """
    a_mm, b_mm = fluence_pixels(jaws, margin_mm)
    seen = np.zeros((b_mm.size, a_mm.size))
    for share, sigma in source_parts(model):
        seen += share * np.outer(
            _aperture(b_mm, jaws.y1_mm, jaws.y2_mm, sigma), _aperture(a_mm, jaws.x1_mm, jaws.x2_mm, sigma)
        )
    return with_profile(seen, a_mm, b_mm, model)


def blurred(fluence: PrimaryFluence, sigmas_mm: tuple[float, ...]) -> PrimaryFluence:
    """The first layer of a map blurred by each of several Gaussians, one layer each."""
    base = fluence.values[0]
    layers = [_smear(fluence.b_mm, s) @ base @ _smear(fluence.a_mm, s).T if s > 0 else base for s in sigmas_mm]
    return PrimaryFluence(values=np.stack(layers), a_mm=fluence.a_mm, b_mm=fluence.b_mm)


def _smear(pixels_mm: NDArray[np.float64], sigma_mm: float) -> NDArray[np.float32]:
    """Matrix of a Gaussian blur, cut at four widths; products of matrices are faster than wide filters."""
    radius = int(4.0 * sigma_mm / PIXEL_MM + 0.5)
    weights = np.exp(-0.5 * (PIXEL_MM * np.arange(-radius, radius + 1) / sigma_mm) ** 2)
    weights /= weights.sum()
    offset = np.arange(pixels_mm.size)[:, None] - np.arange(pixels_mm.size)
    inside = np.abs(offset) <= radius
    return np.where(inside, weights[np.clip(offset + radius, 0, 2 * radius)], 0.0).astype(np.float32)
