"""Optional packages: which extra a missing one comes with."""

from __future__ import annotations

from types import MappingProxyType

from esapi_bridge.errors import BridgeError

EXTRA_OF = MappingProxyType(
    {
        "lightning": "train",
        "pytorch_lightning": "train",
        "zarr": "train",
        "pyradmc": "mc",
        "pythonnet": "eclipse",
        "distributed": "cluster",
        "pynetdicom": "node",
    }
)
"""Extra of `pyproject.toml` by the module it brings."""


def missing_extra(error: ModuleNotFoundError) -> BridgeError | None:
    """Return what to tell somebody who lacks an extra; None if the module that was not found is of no extra."""
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF.get(module)
    if extra is None:
        return None
    return BridgeError(f"this command needs {module}, found none: pip install 'esapi-bridge[{extra}]'")
