"""Make a beam model's derived tables: kernel, absolute scale, pencil beam.

``python -m esapi_bridge.planning.commission.calibrate 15X``: run after changing a machine's YAML file.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml

from esapi_bridge.case import DoseMedium
from esapi_bridge.planning.commission.kernel_fit import KernelTables, fit_kernel
from esapi_bridge.planning.commission.pencil_fit import fit_pencil
from esapi_bridge.planning.commission.water import axis_dose, open_field, water_phantom
from esapi_bridge.planning.physics.beam_model import beam_model_from_facts, file_stem
from esapi_bridge.planning.physics.collapsed_cone import collapsed_cone
from esapi_bridge.planning.physics.spectrum import bremsstrahlung_spectrum

GY_PER_MU_AT_MAXIMUM = 0.01
"""Calibration of the machine: 1 cGy per MU at the depth of maximum dose, 10x10 cm2, SSD 100 cm."""


def load_kernel_tables() -> KernelTables:
    """Read the Monte Carlo kernel tables of water that ship with the package."""
    path = files("esapi_bridge.planning.commission") / "data" / "kernel_tables.npz"
    with np.load(str(path), allow_pickle=False) as table:
        return KernelTables(**{name: table[name].astype(np.float64) for name in table.files})


def calibrate(name: str) -> None:
    """Write the kernel and pencil tables of an energy (``15X``), and the scale in its YAML file.

    ``kernel_energy_end_mev`` in that file, where it stands, is the highest photon energy whose kernel is used: a beam
    keeps the kernel it was commissioned with when tables of higher energies come. ``pencil_refined`` chooses the fit
    of the pencil beam (`fit_pencil`).
    """
    stem = file_stem(name)
    folder = Path(str(files("esapi_bridge.planning.physics") / "data"))
    source = folder / f"{stem}.yaml"
    facts = yaml.safe_load(source.read_text(encoding="utf-8"))
    tables = load_kernel_tables().up_to(facts.get("kernel_energy_end_mev", np.inf))
    kernel = fit_kernel(tables, bremsstrahlung_spectrum(**facts["spectrum"]))
    kernel = {name: np.round(np.asarray(values), 6).tolist() for name, values in kernel.items()}
    (folder / f"{stem}_kernel.json").write_text(json.dumps(kernel) + "\n", encoding="utf-8")
    model = beam_model_from_facts(facts, kernel, None)
    tank = water_phantom()
    dose = collapsed_cone(tank, open_field(100.0), model, tank.grid, medium=DoseMedium.WATER)
    # The electrons' share is in Gy per MU too: it scales with the rest.
    scale = GY_PER_MU_AT_MAXIMUM / float(axis_dose(dose)[1].max())
    scaled = {fact: float(f"{facts[fact] * scale:.5g}") for fact in ("gy_per_mu", "electron_share")}
    text = source.read_text(encoding="utf-8")
    for fact, value in scaled.items():
        text = re.sub(rf"^{fact}: .*$", f"{fact}: {value}", text, flags=re.MULTILINE)
    source.write_text(text, encoding="utf-8")
    scaled_model = replace(model, gy_per_mu=scaled["gy_per_mu"], electron_share=scaled["electron_share"])
    pencil = fit_pencil(scaled_model, refined=bool(facts.get("pencil_refined", False)))
    (folder / f"{stem}_pencil.json").write_text(json.dumps(pencil) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the derived tables of a beam model.")
    parser.add_argument("energy", help="energy as Eclipse displays it: 6X, 6X-FFF, 10X, 10X-FFF, 15X")
    calibrate(parser.parse_args().energy)
