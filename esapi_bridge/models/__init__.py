"""Which networks are installed and what each may be used for; reads cards and hashes, never weights."""

from esapi_bridge.models.card import AnyCard, DoseCard, FluenceCard, ModelCard, WantedDoseCard
from esapi_bridge.models.registry import InstalledModel, find_model, list_models

__all__ = [
    "AnyCard",
    "DoseCard",
    "FluenceCard",
    "InstalledModel",
    "ModelCard",
    "WantedDoseCard",
    "find_model",
    "list_models",
]
