"""Which room may import which, held in both directions and against docs/explanation/architecture.md."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")

GROUND = "esapi_bridge"
"""Modules beside the rooms of `esapi_bridge`, such as `errors`: every room of it stands on them."""

ALLOWED: dict[str, set[str]] = {
    "dosenet.fitting": set(),
    "dosenet": {"dosenet.fitting"},
    "fluencenet": {
        "dosenet.config", "dosenet.fitting", "dosenet.gamma", "dosenet.lazy", "dosenet.model_folder", "dosenet.ship",
        "dosenet.store_root", "dosenet.threads",
    },
    GROUND: set(),
    "folders": set(),
    "executors": {"dosenet.threads"},
    "case": {"folders"},
    "dicom": {"case", "folders"},
    "models": {"case", "dosenet", "fluencenet", "folders"},
    "checks": {"case", "dosenet.depth_fall", "dosenet.likeness", "fluencenet.wanted.anatomy", "models"},
    "goals": {"case", "fluencenet.scene", "folders"},
    "report": {"case", "checks", "dosenet.gamma", "dosenet.lattice"},
    "planning": {"case", "dicom", "dosenet.gamma", "dosenet.threads", "folders", "goals"},
    "tasks": {"case", "checks", "dicom", "dosenet", "fluencenet", "folders", "goals", "models", "report"},
    "batch": {"case", "checks", "dicom", "executors", "folders", "models", "report", "tasks"},
    "commissioning": {
        "case", "checks", "dicom", "dosenet.gamma", "folders", "models", "report", "tasks",
    },
    "worker": {"folders", "tasks", "dosenet.threads"},
    "bundle": {"folders"},
    "node": {"batch", "dicom", "executors", "folders", "tasks"},
    "eclipse": {"folders", "worker"},
    "mock": {"case", "dicom", "eclipse", "folders", "planning"},
    "training_data": {
        "case", "checks", "dosenet.lattice", "dosenet.store", "executors", "fluencenet", "folders", "planning",
        "report", "tasks",
    },
    "evaluation": {
        "case", "checks", "dicom", "executors", "fluencenet", "folders", "goals", "planning", "report", "tasks",
        "training_data",
    },
    "study": {"checks", "dosenet", "dosenet.fitting", "executors", "folders", "report"},
    "cli": {
        "batch", "bundle", "case", "commissioning", "dicom", "dosenet", "dosenet.fitting", "eclipse", "evaluation",
        "executors", "fluencenet", "folders", "mock", "models", "node", "planning", "report", "study", "tasks",
        "training_data", "worker",
    },
}  # fmt: skip
"""Rooms, or single modules of a network's package, that a room may import, inside functions too."""

LIBRARIES: dict[str, set[str]] = {
    "dosenet.fitting": {"lightning", "pytorch_lightning", "safetensors", "torch", "yaml"},
    "dosenet": {"numba", "numpy", "safetensors", "torch", "yaml", "zarr"},
    "fluencenet": {"numpy", "scipy", "torch", "yaml", "zarr"},
    GROUND: {"pydantic"},
    "folders": set(),
    "executors": {"distributed"},
    "case": {"numpy", "pydantic", "scipy", "SimpleITK"},
    "dicom": {"numpy", "pydicom"},
    "models": {"pydantic", "yaml"},
    "checks": {"numpy", "scipy"},
    "goals": {"numpy", "pydantic", "yaml"},
    "report": {"contourpy", "jinja2", "matplotlib", "numpy"},
    "planning": {"contourpy", "matplotlib", "numba", "numpy", "pyradmc", "scipy", "SimpleITK", "yaml"},
    "tasks": {"numpy", "pydantic", "torch", "yaml"},
    "batch": set(),
    "commissioning": {"matplotlib", "numpy", "pydantic", "yaml"},
    "worker": set(),
    "bundle": {"packaging"},
    "node": {"pydantic", "pydicom", "pynetdicom", "yaml"},
    "eclipse": set(),
    "mock": {"numpy", "pydantic"},
    "training_data": {"matplotlib", "numpy", "scipy"},
    "evaluation": {"matplotlib", "numpy", "scipy"},
    "study": {"matplotlib", "numpy", "pydantic", "torch"},
    "cli": {"packaging", "rich", "torch", "typer", "yaml"},
}
"""What a room imports from elsewhere, beyond the standard library."""


class Import(NamedTuple):
    """One import: of which module, by which, on which line."""

    importer: str
    imported: str
    line: int


@cache
def modules() -> dict[str, Path]:
    """Every module of the three packages by its dotted name."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@cache
def imports() -> tuple[Import, ...]:
    """Every import of every module: at its top, inside functions and for type checking alike."""
    return tuple(found for name, path in modules().items() for found in imports_of(name, path.read_text("utf-8")))


def imports_of(name: str, text: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(name, whole if whole in modules() else node.module, node.lineno)


def is_own(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in PACKAGES


def room_of(module: str) -> str:
    """The longest name of a room that the module lies in; what lies beside all rooms is the ground."""
    if module == "esapi_bridge.__main__":
        return "cli"
    name = module.removeprefix("esapi_bridge.")
    return max((room for room in ALLOWED if f"{name}.".startswith(f"{room}.")), key=len, default=GROUND)


def entries_for(module: str) -> set[str]:
    """Entries of the table that allow a module."""
    name = module.removeprefix("esapi_bridge.")
    return {name, room_of(module)} | {"dosenet.fitting" for _ in [0] if name.startswith("dosenet.fitting.")}


def between_rooms() -> list[Import]:
    return [
        found
        for found in imports()
        if is_own(found.imported) and room_of(found.imported) not in {room_of(found.importer), GROUND}
    ]


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in (ROOT / "esapi_bridge").iterdir() if list(path.glob("*.py"))}
    assert folders | {"dosenet", "dosenet.fitting", "fluencenet", GROUND} == set(ALLOWED) == set(LIBRARIES)


def test_no_import_is_outside_the_table() -> None:
    outside = [found for found in between_rooms() if not entries_for(found.imported) & ALLOWED[room_of(found.importer)]]
    assert not outside


def test_the_networks_never_import_the_bridge() -> None:
    """Not even its ground, which the table takes for granted."""
    networks = [found for found in imports() if found.importer.startswith(("dosenet", "fluencenet"))]
    assert networks
    assert not [found for found in networks if found.imported.startswith("esapi_bridge")]


@pytest.mark.parametrize("room", ALLOWED)
def test_every_entry_is_used(room: str) -> None:
    used = [entries_for(found.imported) for found in between_rooms() if room_of(found.importer) == room]
    assert not {entry for entry in ALLOWED[room] if not any(entry in entries for entries in used)}


@pytest.mark.parametrize("room", LIBRARIES)
def test_libraries_are_those_of_the_table(room: str) -> None:
    known = sys.stdlib_module_names | set(PACKAGES)
    names = {found.imported.split(".")[0] for found in imports() if room_of(found.importer) == room}
    assert names - known == LIBRARIES[room]


def circle_among(found: tuple[Import, ...]) -> list[str]:
    """Modules of an import circle, if there is one. A module runs the packages it lies in before itself."""
    graph: dict[str, set[str]] = {}
    for importer, imported, _ in found:
        parts = imported.split(".")
        needed = {".".join(parts[:n]) for n in range(1, len(parts) + 1)} & set(modules())
        graph.setdefault(importer, set()).update(name for name in needed if not f"{importer}.".startswith(f"{name}."))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_no_imports_run_in_a_circle() -> None:
    assert not circle_among(imports())


def test_a_circle_through_a_function_would_be_found() -> None:
    text = "def later():\n    from esapi_bridge.tasks import Networks\n"
    assert set(circle_among((*imports(), *imports_of("esapi_bridge.case.volume", text))))


def rows() -> dict[str, tuple[set[str], set[str]]]:
    """The table of docs/explanation/architecture.md: (imports, libraries) by room."""
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    found = {}
    for line in text.split("## Rooms\n")[1].split("\n## ")[0].splitlines():
        if line.startswith("| `"):
            room, _, allowed, libraries = line.strip("| ").split(" | ")
            name = room.strip("`").removesuffix("/*.py").rstrip("/").removeprefix("esapi_bridge/").replace("/", ".")
            found[name] = (set(re.findall(r"`([^`]+)`", allowed)), set(re.findall(r"`([^`]+)`", libraries)))
    return found


def test_the_documentation_has_the_same_table() -> None:
    wanted = {room: (ALLOWED[room], LIBRARIES[room]) for room in ALLOWED}
    assert {room: entries for room, entries in rows().items() if room != "esapi_scripts"} == wanted
