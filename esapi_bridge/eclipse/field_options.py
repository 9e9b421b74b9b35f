"""What a site chooses of the fields that FluenceNet gives a plan without any."""

from __future__ import annotations

from dataclasses import dataclass

from esapi_bridge.eclipse.collect_options import ENERGY
from esapi_bridge.errors import BridgeError


@dataclass(frozen=True)
class NewFieldOptions:
    """Machine, energy and dose rate; where one is None the script refuses plans without fields and names it.

    Parameters
    ----------
    machine
        Id of the machine.
    energy
        Energy as Eclipse displays it.
    dose_rate
        Monitor units a minute.
    """

    machine: str | None = None
    energy: str | None = None
    dose_rate: int | None = None

    def check(self) -> None:
        """Look at what can be wrong without any Eclipse.

        Raises
        ------
        BridgeError
            If the energy is none of photons.
        """
        if self.energy is not None and not ENERGY.fullmatch(self.energy):
            raise BridgeError(f"--fluence-energy must be a photon energy such as 15X or 10X-FFF, found {self.energy}")

    def settings(self) -> dict[str, object]:
        """Their part of the settings file."""
        return {
            "fluence_machine": self.machine,
            "fluence_energy": self.energy,
            "fluence_dose_rate": self.dose_rate,
        }
