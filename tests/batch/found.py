"""Toy plans as the index finds them: folders with a file."""

from __future__ import annotations

from pathlib import Path

from esapi_bridge.dicom import Found, FoundPlan


def put(root: Path, *names: str, text: str = "plan") -> None:
    """Make plans of some names, or change them."""
    for name in names:
        (root / name).mkdir(exist_ok=True)
        (root / name / "file").write_text(text)


def found_plan(key: str, label: str, folder: Path) -> FoundPlan:
    """A plan in a folder of its own."""
    return FoundPlan(key, "case", label, "1.2.3", "0" * 64, folder, ())


def found_plans(root: Path) -> Found:
    """Every folder is a plan of its name."""
    return Found(tuple(found_plan(path.name, path.name, path) for path in sorted(root.iterdir())), (), 0, 0)
