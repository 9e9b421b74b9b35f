"""Presets of any network as YAML files: reading one, and building the dataclasses it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

LARGEST = 4096
"""Whole numbers of a preset (channels, blocks, steps) and lengths of its lists are at most this."""


def build_config(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build a dataclass from plain values.

    Raises
    ------
    ValueError
        If a key is unknown, or a value not of its type or beyond `LARGEST`.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{kind.__name__} must be names and values, found {type(values).__name__}")  # noqa: TRY004
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{kind.__name__} does not know {unknown}; it knows {sorted(known)}")
    for name, value in values.items():
        listed = value if isinstance(value, list | tuple) else (value,)
        wrong = len(listed) > LARGEST or any(isinstance(v, int) and abs(v) > LARGEST for v in listed)
        if wrong:
            raise ValueError(f"{name} must be at most {LARGEST}, found more")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{kind.__name__} cannot be built: {error}") from error


def preset_parts(values: Mapping[str, Any], network: type[Any], training: type[Any]) -> dict[str, Any]:
    """Build the fields that every preset has, by name, from its plain values.

    Parameters
    ----------
    values
        Plain values of the preset.
    network, training
        Dataclasses of the network and of its training recipe.

    Raises
    ------
    ValueError
        If a key of one of these two is unknown, or one is missing.
    """
    missing = sorted({"name", "network"} - set(values))
    if missing:
        raise ValueError(f"a preset must have a name and a network, found no {' and no '.join(missing)}")
    return {
        "name": str(values["name"]),
        "network": build_config(network, values["network"]),
        "training": build_config(training, values.get("training", {})),
    }


def preset_names(package: str) -> list[str]:
    """Names of the presets that come with a package."""
    folder = files(package) / "presets"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read_preset(name: str, package: str) -> Any:
    """Return the plain values of a preset.

    Parameters
    ----------
    name
        Name of a preset of the package, or path of a YAML file.
    package
        ``dosenet`` or ``fluencenet``.

    Raises
    ------
    ValueError
        If there is no such preset.
    """
    if name.endswith((".yaml", ".yml")):
        text = Path(name).read_text(encoding="utf-8")
    elif name in preset_names(package):
        text = (files(package) / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    else:
        raise ValueError(f"expected one of the presets {preset_names(package)} or a .yaml file, got {name!r}")
    return yaml.safe_load(text)
