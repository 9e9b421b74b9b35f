"""A mock of Varian's Eclipse Scripting API that behaves: C# sources and how to build them.

``types`` and ``api`` hold the public surface with ESAPI's own namespaces and names, ``store`` the database of case
folders behind it, ``session`` the guards and the doors of the host program. See ``docs/reference/mock-esapi.md``.
"""

from esapi_bridge.mock.esapi.build import MockAssemblies, build_mock

__all__ = ["MockAssemblies", "build_mock"]
