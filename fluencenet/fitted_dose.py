"""Simple doses fitted to the training plans of a store, one for each energy, kept beside the samples made with them."""

from __future__ import annotations

from pathlib import Path

import yaml

from dosenet.config import build_config
from dosenet.fitting.checkpoint import save_text
from dosenet.fitting.split import Split
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.simple_dose import fit
from fluencenet.store import FluenceStore

TABLE_FILE = "simple_dose{energy}.yaml"
TABLE_PLANS = 8
"""Training plans that the simple dose is fitted to; its table has some forty entries."""


def training_energies(store: FluenceStore) -> list[str]:
    """Energies of the training plans, sorted; empty for plans that do not say.

    Raises
    ------
    ValueError
        If there is no training plan.
    """
    found = sorted({store.energy(name) for name in store.names(Split.TRAIN)})
    if not found:
        raise ValueError("expected training plans in the store, found none")
    return found


def fitted_table(store: FluenceStore, energy: str, folder: Path) -> SimpleDoseTable:
    """Return the simple dose of an energy; fit it to the first training plans of it if the folder has none yet."""
    file = folder / TABLE_FILE.format(energy=f"_{energy}" if energy else "")
    if not file.is_file():
        names = [name for name in store.names(Split.TRAIN) if store.energy(name) == energy]
        table = fit([store.read(name) for name in names[:TABLE_PLANS]])
        save_text(file, yaml.safe_dump(table.to_dict()))
    return build_config(SimpleDoseTable, yaml.safe_load(file.read_text(encoding="utf-8")))
