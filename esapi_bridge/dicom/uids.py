"""Unique identifiers for the objects we write, under the UUID root 2.25 (DICOM PS3.5 B.2)."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("6f0f7c1e-7d0b-5d52-9c8e-2a6a5f1f3b10")
"""Fixed namespace of identifiers derived from others."""


def new_uid() -> str:
    """Make an identifier never used before."""
    return f"2.25.{uuid.uuid4().int}"


def derived_uid(*parts: str) -> str:
    """Make the identifier that always belongs to these parts, so that one case always exports alike."""
    return f"2.25.{uuid.uuid5(NAMESPACE, '|'.join(parts)).int}"
