"""The small plan of the IMRT tests."""

from tests.planning.imrt.conftest import plan

__all__ = ["plan"]
