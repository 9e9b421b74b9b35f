"""Commands run in this process, as tests of commands do."""

from tests.cli.conftest import esapi

__all__ = ["esapi"]
