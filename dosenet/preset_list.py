"""The presets that come with the package, so that one can be chosen: what each is for, its size and what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from dosenet.config import preset_names, read_preset
from dosenet.preset import load_preset
from dosenet.training_need import network_bytes, step_memory


@dataclass(frozen=True)
class PresetFacts:
    """One of them; memory of network and steps without the planes it learns from, in float32."""

    name: str
    summary: str
    parameters: int
    memory_bytes: float


def list_presets() -> list[PresetFacts]:
    """List them by name."""
    found = []
    for name in preset_names("dosenet"):
        parameters, kept = step_memory(load_preset(name))
        summary = str(read_preset(name, "dosenet")["summary"])
        found.append(PresetFacts(name, summary, parameters, network_bytes(parameters, kept)))
    return found
