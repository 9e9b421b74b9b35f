"""Optimal fluence as the text file that Eclipse exports and imports by hand (``*.optimal_fluence``).

Nine header lines, then one line per row from the largest Y down, tab separated with a trailing tab, decimal point.
Varian publishes no description; this is what exported files and programs that read them agree in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import FluenceMap
from esapi_bridge.case.fluence_rules import MAX_PIXELS, MIN_PIXELS, fluence_fault
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.durable import write_whole_file

SUFFIX = ".optimal_fluence"

KEYS = ("sizex", "sizey", "spacingx", "spacingy", "originx", "originy")
"""Header lines 3 to 8, in this order; each is a key, a tab and a number."""

DECIMALS = 8
"""Digits after the point: half of the last one is far below 1e-6. No exponents: importers may not know them."""

MAX_BYTES = 64 * 2**20
"""A file of 1024 x 1024 values with 20 characters each is a third of this."""


def write_optimal_fluence(fluence: FluenceMap, path: Path, name: str) -> Path:
    """Write a map; the file appears complete or not at all.

    The comment in the first line ends as in Eclipse's own files, ``<name> - Fluence``, where programs look for the
    field; the research-only text stands before it.

    Parameters
    ----------
    fluence
        The map.
    path
        File to make, ending in `SUFFIX`; must not exist.
    name
        Beam name, for the comment.

    Raises
    ------
    RefusedError
        If the map is not one that Eclipse takes.
    BridgeError
        If the file exists or cannot be written.
    """
    reason = fluence_fault(fluence)
    if reason:
        raise RefusedError(f"optimal fluence: {reason}")
    rows, columns = fluence.values.shape
    numbers = (columns, rows, fluence.spacing_mm, fluence.spacing_mm, fluence.x_origin_mm, fluence.y_origin_mm)
    printable = "".join(c if c.isprintable() else " " for c in name)
    lines = [f"# {INTENDED_USE} {printable} - Fluence", "optimalfluence"]
    lines += [f"{key}\t{np.format_float_positional(value, trim='-')}" for key, value in zip(KEYS, numbers, strict=True)]
    lines.append("values")
    # Adding zero turns -0 into 0.
    lines += ["".join(f"{value + 0.0:.{DECIMALS}f}\t" for value in row) for row in fluence.values.tolist()]
    text = "\r\n".join([*lines, ""])
    if path.exists():
        raise BridgeError("the fluence file to be written must not exist yet, found one: choose another folder")
    try:
        write_whole_file(path, text.encode("ascii", "replace"))
    except OSError as error:
        raise BridgeError(f"could not write a fluence file: {os_reason(error)}") from error
    return path


def read_optimal_fluence(path: Path) -> FluenceMap:
    """Read a map.

    Accepts upper case, spaces for tabs and a missing comment, as Eclipse reportedly does.

    Raises
    ------
    RefusedError
        If the map is not one that Eclipse takes.
    BridgeError
        If the file cannot be read as one.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BridgeError(f"a fluence file must have at most {MAX_BYTES} bytes, found {path.stat().st_size}")
        lines = path.read_bytes().decode("ascii", "replace").splitlines()
    except OSError as error:
        raise BridgeError(f"could not read a fluence file: {os_reason(error)}") from error
    words = [line.lower().split() for line in lines if line.strip() and not line.startswith("#")]
    start = next((number for number, line in enumerate(words) if line == ["values"]), None)
    if start is None or words[0] != ["optimalfluence"]:
        raise BridgeError("a fluence file must begin with optimalfluence and hold a line values, found none")
    header = _header(words[1:start])
    columns, rows = int(header["sizex"]), int(header["sizey"])
    if not all(MIN_PIXELS <= size <= MAX_PIXELS for size in (columns, rows)):
        raise RefusedError(f"optimal fluence: expected {MIN_PIXELS} to {MAX_PIXELS} pixels, found {columns} x {rows}")
    body = words[start + 1 :]
    widths = {len(line) for line in body}
    if len(body) != rows or widths != {columns}:
        raise BridgeError(
            f"the fluence file states {rows} rows of {columns} values, found {len(body)} rows of {sorted(widths)}"
        )
    if header["spacingx"] != header["spacingy"]:
        raise RefusedError(
            f"optimal fluence: expected square pixels, found {header['spacingx']:g} x {header['spacingy']:g} mm"
        )
    fluence = FluenceMap(
        values=np.array([[_number(value) for value in line] for line in body], dtype=np.float32),
        x_origin_mm=header["originx"],
        y_origin_mm=header["originy"],
        spacing_mm=header["spacingx"],
    )
    reason = fluence_fault(fluence)
    if reason:
        raise RefusedError(f"optimal fluence: {reason}")
    return fluence


def _header(words: list[list[str]]) -> dict[str, float]:
    header = {line[0]: _number(line[1]) for line in words if len(line) == 2}
    if sorted(header) != sorted(KEYS) or len(words) != len(KEYS):
        raise BridgeError(f"the header of a fluence file must hold {', '.join(KEYS)} once each, it does not")
    for key in ("sizex", "sizey"):
        if not header[key].is_integer():
            raise BridgeError(f"{key} of a fluence file must be a whole number, found {header[key]:g}")
    return header


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        comma = "; the decimal sign must be a point" if "," in text else ""
        raise BridgeError(f"a fluence file must hold numbers, found another text{comma}") from None
