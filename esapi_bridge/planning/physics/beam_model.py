"""The beam of one machine and energy: its parameters, and quantities derived from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from esapi_bridge.planning.physics.kernel import PointKernel, kernel_from_table
from esapi_bridge.planning.physics.spectrum import Spectrum, bremsstrahlung_spectrum, water_attenuation

DEPTH_STEP_G_CM2 = 0.05
DEPTH_END_G_CM2 = 80.0

SOFTENING_END_MM = 240.0
"""How far off the axis softening was measured."""


@dataclass(frozen=True)
class Pencil:
    """Depth-dependent weights of the pencil beam's Gaussian components.

    Parameters
    ----------
    sigmas_mm
        Widths at the isocentre plane, mm.
    depth_g_cm2
        Radiological depths ``(d,)``, g/cm2, evenly spaced from 0.
    weights
        ``(component, d)``, Gy per MU and unit fluence at the isocentre distance.
    """

    sigmas_mm: tuple[float, ...]
    depth_g_cm2: NDArray[np.float64]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class BeamModel:
    """A photon beam of one energy.

    Parameters
    ----------
    name
        Energy as Eclipse displays it, for example ``10X-FFF``.
    spectrum
        Energy fluence by photon energy.
    kernel
        Energy deposition kernel of water for that spectrum.
    focal_sigma_mm, extrafocal_sigma_mm
        Widths of the two Gaussian sources projected to the isocentre plane through the jaws, mm.
    extrafocal_share
        Share of the fluence that comes from the extrafocal source.
    profile_radius_mm, profile
        Relative primary fluence by distance from the axis at the isocentre.
    electron_share, electron_range_g_cm2, electron_sigma_mm
        Contaminating electrons: surface dose in Gy per MU and unit fluence, depth of fall by e, and lateral blur.
    gy_per_mu
        Scale from energy released per mass to Gy per MU, so that a 10x10 cm2 field at SSD 100 cm gives 1 cGy per MU at
        the depth of maximum dose.
    pencil
        Pencil-beam components; None before the model is commissioned.
    pencil_widening
        Share of their weight that the pencil beam's electrons pass on to the next wider Gaussian where nothing is; less
        in tissue, in proportion to the density that is missing.
    softens
        Whether photons are softer off the axis, as behind a flattening filter (`softening`).
    """

    name: str
    spectrum: Spectrum
    kernel: PointKernel
    focal_sigma_mm: float
    extrafocal_sigma_mm: float
    extrafocal_share: float
    profile_radius_mm: NDArray[np.float64]
    profile: NDArray[np.float64]
    electron_share: float
    electron_range_g_cm2: float
    electron_sigma_mm: float
    gy_per_mu: float
    pencil: Pencil | None
    pencil_widening: float = 0.0
    softens: bool = False

    def softening(self, radius_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Attenuation of water off the axis, relative to that on it.

        A flattening filter hardens the beam most where it is thickest, on the axis. Measured half value layers of
        flattened beams of 4 to 24 MV follow one curve (Tailor et al., Med Phys 25 (1998) 662); beams without filter
        hardly soften.

        Parameters
        ----------
        radius_mm
            Distances from the axis in the isocentre plane, 1000 mm from the source.
        """
        if not self.softens:
            return np.ones_like(radius_mm)
        degrees = np.degrees(np.arctan(np.minimum(radius_mm, SOFTENING_END_MM) / 1000.0))
        return np.asarray(1.0 + 0.00181 * degrees + 0.00202 * degrees**2 - 0.0000942 * degrees**3)

    def pencil_table(self) -> Pencil:
        """Pencil-beam components of a commissioned model.

        Raises
        ------
        ValueError
            If there are none.
        """
        if self.pencil is None:
            raise ValueError(f"beam model {self.name} has no pencil-beam table; commission it first")
        return self.pencil

    def release_table(self) -> NDArray[np.float32]:
        """Energy released per unit fluence and mass against radiological depth, in steps of `DEPTH_STEP_G_CM2`.

        Returns
        -------
        table
            ``(2, depths)``: the part given to electrons and the part given to scattered photons. Each energy bin is
            attenuated on its own, so that both parts harden as the beam does.
        """
        depth = np.arange(0.0, DEPTH_END_G_CM2 + DEPTH_STEP_G_CM2, DEPTH_STEP_G_CM2)
        mu = water_attenuation(self.spectrum.energy_mev)
        to_electrons = self.kernel.electron_share(self.spectrum.energy_mev)
        left = self.spectrum.energy_fluence * mu * np.exp(-np.outer(depth, mu))
        return np.stack([left @ to_electrons, left @ (1.0 - to_electrons)]).astype(np.float32)


def without_head_scatter(model: BeamModel) -> BeamModel:
    """The beam of its focal source alone: its output factors are those of scatter in the phantom."""
    return replace(model, extrafocal_share=0.0)


def file_stem(name: str) -> str:
    """Turn an energy as Eclipse displays it into a file name: ``10X-FFF`` into ``10x_fff``."""
    return name.lower().replace("-", "_")


@cache
def load_beam_model(name: str) -> BeamModel:
    """Read a commissioned beam model that ships with the package.

    Parameters
    ----------
    name
        ``6X``, ``6X-FFF``, ``10X``, ``10X-FFF`` or ``15X``.

    Raises
    ------
    ValueError
        If there is no such model.
    """
    folder = files("esapi_bridge.planning.physics") / "data"
    stem = file_stem(name)
    source = folder / f"{stem}.yaml"
    if not source.is_file():
        known = sorted(str(f.name)[:-5].upper().replace("_", "-") for f in folder.iterdir() if f.name.endswith(".yaml"))
        raise ValueError(f"no beam model {name!r}; available: {', '.join(known)}")
    kernel = json.loads((folder / f"{stem}_kernel.json").read_text())
    pencil_file = folder / f"{stem}_pencil.json"
    pencil = json.loads(pencil_file.read_text()) if pencil_file.is_file() else None
    return beam_model_from_facts(yaml.safe_load(source.read_text()), kernel, pencil)


def beam_model_from_facts(facts: dict[str, Any], kernel: dict[str, Any], pencil: dict[str, Any] | None) -> BeamModel:
    """Build a model from the content of its files: machine facts, kernel table and pencil-beam table."""
    spectrum = bremsstrahlung_spectrum(**facts["spectrum"])
    profile = np.asarray(facts["profile"], dtype=np.float64)
    return BeamModel(
        name=str(facts["name"]),
        spectrum=spectrum,
        kernel=kernel_from_table(kernel),
        focal_sigma_mm=float(facts["focal_sigma_mm"]),
        extrafocal_sigma_mm=float(facts["extrafocal_sigma_mm"]),
        extrafocal_share=float(facts["extrafocal_share"]),
        profile_radius_mm=profile[:, 0],
        profile=profile[:, 1],
        electron_share=float(facts["electron_share"]),
        electron_range_g_cm2=float(facts["electron_range_g_cm2"]),
        electron_sigma_mm=float(facts["electron_sigma_mm"]),
        gy_per_mu=float(facts["gy_per_mu"]),
        pencil=None
        if pencil is None
        else Pencil(
            sigmas_mm=tuple(pencil["sigmas_mm"]),
            depth_g_cm2=np.asarray(pencil["depth_g_cm2"], dtype=np.float64),
            weights=np.asarray(pencil["weights"], dtype=np.float32),
        ),
        pencil_widening=float(facts.get("pencil_widening", 0.0)),
        softens=bool(facts.get("softens", False)),
    )
