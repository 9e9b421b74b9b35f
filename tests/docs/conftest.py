"""Fixtures of the tests of the documentation."""

from __future__ import annotations

from tests.cli.conftest import esapi

__all__ = ["esapi"]
