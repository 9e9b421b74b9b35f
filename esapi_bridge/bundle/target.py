"""Where a bundle is to be installed: system and Python. Standard library only, so that help can list them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Platform(str, Enum):
    """Systems for which wheels are collected, by the name of their newest wheels."""

    WINDOWS = "win_amd64"
    LINUX = "manylinux_2_28_x86_64"


class PythonVersion(str, Enum):
    """Python that a bundle is for: wheels of compiled packages fit one version."""

    PYTHON_3_11 = "3.11"
    PYTHON_3_12 = "3.12"


LINUX_TAGS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)),
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
)
"""Wheels that a Linux with glibc 2.28 or later takes; the last three are older names of 2.17, 2.12 and 2.5."""

MARKERS = {
    Platform.WINDOWS: {
        "os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64",
    },
    Platform.LINUX: {
        "os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A system with its Python."""

    platform: Platform
    python: PythonVersion

    def __str__(self) -> str:
        return f"{self.platform.value} with Python {self.python.value}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Platform tags of wheels that it takes."""
        return LINUX_TAGS if self.platform is Platform.LINUX else (self.platform.value,)

    @property
    def markers(self) -> dict[str, str]:
        """Values of the environment markers of requirements there (PEP 508), whatever machine this is.

        Of the Python's patch releases the first is taken: what only old ones need does no harm in newer ones.
        """
        return {
            **MARKERS[self.platform],
            "python_version": self.python.value,
            "python_full_version": f"{self.python.value}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python.value}.0",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
        }

    @property
    def requirements_file(self) -> str:
        """Name of its list of packages and digests."""
        return f"requirements-{self.platform.value}.txt"
