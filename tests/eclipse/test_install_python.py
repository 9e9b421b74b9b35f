"""The Python that the scripts start, and versions drawn from content."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

import pytest

from esapi_bridge.eclipse.install_python import assembly_version, find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError


def test_the_library_is_that_of_this_python() -> None:
    try:
        python = find_python()
    except BridgeError as error:
        pytest.skip(str(error))
    library = ctypes.PyDLL(str(python.library))
    library.Py_GetVersion.restype = ctypes.c_char_p
    assert library.Py_GetVersion().decode().split()[0] == sys.version.split()[0]
    assert (python.home / ("Lib" if os.name == "nt" else "lib")).is_dir()


def test_a_folder_without_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="expected the library of Python"):
        find_python(tmp_path)


def test_pythonnets_assembly() -> None:
    pytest.importorskip("pythonnet", reason="pythonnet is not installed")
    assert find_runtime_assembly().read_bytes().startswith(b"MZ")


@pytest.mark.parametrize("content", ["0" * 64, "f" * 64, "0000fffe" + "0" * 56, "1234abcd" * 8])
def test_a_version_is_one_that_assemblies_may_have(content: str) -> None:
    version = assembly_version("0.1.0.dev3", content)
    assert re.fullmatch(r"0\.1\.0\.\d+", version)
    assert 1 <= int(version.split(".")[3]) <= 65534


def test_the_version_is_that_of_the_content() -> None:
    one, other = "1234abcd" * 8, "4321abcd" * 8
    assert assembly_version("0.1.0", one) == assembly_version("0.1.0", one)
    assert assembly_version("0.1.0", one) != assembly_version("0.1.0", other)
    assert assembly_version("0.1.0", one) != assembly_version("0.2.0", one)


def test_a_replaced_version_is_not_used_again() -> None:
    for content in ("1234abcd" * 8, f"{65533:08x}" + "0" * 56):
        version = assembly_version("0.1.0", content)
        replacing = assembly_version("0.1.0", content, previous=version)
        assert replacing != version
        assert 1 <= int(replacing.split(".")[3]) <= 65534
