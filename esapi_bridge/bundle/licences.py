"""The licences of everything in a bundle, from the wheels themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from esapi_bridge.bundle.wheel import Wheel

FOLDER = "LICENSES"

TABLE = f"{FOLDER}/packages.csv"
"""Which package stands under which licence, and how many texts its wheel holds."""


def licence_files(wheels: Iterable[Wheel]) -> dict[str, bytes]:
    """Texts of the licences by file name, and a table of all wheels."""
    files: dict[str, bytes] = {}
    table = io.StringIO(newline="")
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["wheel", "package", "version", "licence as the package states it", "texts"])
    for wheel in wheels:
        texts = {f"{FOLDER}/{wheel.path.stem}/{name}": text for name, text in wheel.licence_texts()}
        rows.writerow([wheel.path.name, wheel.name, wheel.version, wheel.licence or "not stated", len(texts)])
        files |= texts
    return {TABLE: table.getvalue().encode(), **files}
