"""What a site chooses when it installs the scripts, and the settings file that says so beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import esapi_bridge
from esapi_bridge import INTENDED_USE
from esapi_bridge.eclipse.collect_options import ENERGY, DosePairOptions
from esapi_bridge.eclipse.field_options import NewFieldOptions
from esapi_bridge.eclipse.install_python import find_python
from esapi_bridge.errors import BridgeError

PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")
"""This project's Python packages; all their files go on the list."""


class WriteGrid(StrEnum):
    """Grid that DeepDoseNet's result is written on: one of a copy of the plan, calculated finely, or the plan's own."""

    FINE = "fine"
    SOURCE = "source"


class Normalisation(StrEnum):
    """What the mean dose of the target is set to after FluenceNet, see `InstallOptions`."""

    PRESCRIPTION = "prescription"
    REFERENCE = "reference"


@dataclass(frozen=True)
class InstallOptions:
    """What to install where.

    Parameters
    ----------
    esapi
        Folder with the assemblies of the Eclipse Scripting API, Eclipse's own or the mock's.
    target
        Folder of the scripts; made if need be.
    python_home
        Python to start inside Eclipse; default that of this process.
    jobs
        Folder of the worker's jobs; default a folder of each user.
    exports
        Folder for exported and collected cases; default a folder in each user's documents.
    model
        Network for DeepDoseNet: a name, or a folder with ``card.yaml``.
    write_grid
        ``fine``: a copy of the plan is calculated at `fine_grid_cm` and gives the grid; ``source``: the plan's own.
    course
        Course for new plans.
    fine_grid_cm
        Grid of the fine calculation, cm, as Eclipse's option takes it.
    idle_timeout_s
        The worker ends after this time without a job, s.
    fluence_model
        Network for FluenceNet: a name, or a folder with ``card.yaml``.
    wanted_dose_model
        Network that predicts the dose of a plan that has none, likewise; default ``wanted-dose``.
    new_fields
        Machine, energy and dose rate of the fields that FluenceNet gives a plan without any.
    normalisation
        Mean dose of the target under a new fluence: ``prescription``: what the worker says for the wanted dose;
        ``reference``: what Eclipse shows for the open plan.
    leaf_motion_model, dose_model
        Eclipse's calculation models for a new fluence; default those of the open plan.
    fixed_jaws
        Whether leaf motions keep the jaws where they are.
    structures
        Ids of structures by what the fluence network calls them, where this site's names do not say it.
    collect_energies, collect_fields, collect_unapproved
        Plans that CollectFluenceNetData takes: energies as Eclipse displays them, number of treatment fields, and
        whether plans without approval count.
    dose_pairs
        Fields that CollectDoseNetData calculates, and how.
    site
        ``site.yaml`` that jobs of these scripts obey, with the approvals beside it; default that of the worker.
    """

    esapi: Path
    target: Path
    python_home: Path | None = None
    jobs: Path | None = None
    exports: Path | None = None
    model: str = "ddn-lite"
    write_grid: WriteGrid = WriteGrid.FINE
    course: str = "DDN_RESEARCH"
    fine_grid_cm: str = "0.125"
    idle_timeout_s: int = 900
    fluence_model: str = "dual-frame-lite"
    wanted_dose_model: str | None = None
    new_fields: NewFieldOptions = field(default_factory=NewFieldOptions)
    normalisation: Normalisation = Normalisation.PRESCRIPTION
    leaf_motion_model: str | None = None
    dose_model: str | None = None
    fixed_jaws: bool = False
    structures: Mapping[str, str] = field(default_factory=dict)
    collect_energies: tuple[str, ...] = ("15X",)
    collect_fields: int = 7
    collect_unapproved: bool = False
    dose_pairs: DosePairOptions = field(default_factory=DosePairOptions)
    site: Path | None = None

    def check(self) -> None:
        """Look at what can be wrong without looking at any file.

        Raises
        ------
        BridgeError
            If a choice is none of those there are.
        """
        for energy in self.collect_energies:
            if not ENERGY.fullmatch(energy):
                raise BridgeError(f"--collect-energy must be a photon energy such as 15X or 10X-FFF, found {energy}")
        self.new_fields.check()
        self.dose_pairs.check()

    def listed(self) -> list[Path]:
        """Folders in which every file must be on the list: the packages, and networks that lie elsewhere."""
        named = (self.model, self.fluence_model, self.wanted_dose_model)
        return [*_packages(), *(Path(name).resolve() for name in named if name is not None and Path(name).is_dir())]

    def settings(self) -> dict[str, object]:
        """Content of the settings file, ``esapi-bridge.json``."""
        python = find_python(self.python_home)
        return {
            "schema": 1,
            "intended_use": INTENDED_USE,
            "python_home": str(python.home),
            "python_library": str(python.library),
            "python_executable": str(python.executable),
            "python_interpreter": str(python.interpreter),
            "site_packages": [str(_packages()[0].parent)],
            "packages": [str(folder) for folder in self.listed()],
            "jobs": None if self.jobs is None else str(self.jobs.resolve()),
            "exports": None if self.exports is None else str(self.exports.resolve()),
            "model": _network(self.model),
            "write_grid": self.write_grid.value,
            "course": self.course,
            "fine_grid_cm": self.fine_grid_cm,
            "idle_timeout_s": self.idle_timeout_s,
            "fluence_model": _network(self.fluence_model),
            "wanted_dose_model": None if self.wanted_dose_model is None else _network(self.wanted_dose_model),
            **self.new_fields.settings(),
            "normalisation": self.normalisation.value,
            "leaf_motion_model": self.leaf_motion_model,
            "dose_model": self.dose_model,
            "fixed_jaws": self.fixed_jaws,
            "structures": dict(self.structures),
            "collect_energies": list(self.collect_energies),
            "collect_fields": self.collect_fields,
            "collect_unapproved": self.collect_unapproved,
            **self.dose_pairs.settings(),
            "site": None if self.site is None else str(self.site.resolve()),
        }


def _packages() -> list[Path]:
    root = Path(esapi_bridge.__file__).resolve().parents[1]
    return [root / name for name in PACKAGES]


def _network(name: str) -> str:
    """A network by name, or the whole path of its folder."""
    return str(Path(name).resolve()) if Path(name).is_dir() else name
