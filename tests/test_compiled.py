"""Compiled loops that numba keeps on disk: it looks at no file but their own to see if they changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")


def kept_loops(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions that are compiled and kept."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and any(word.arg == "cache" for word in decorator.keywords):
                    yield node


def from_elsewhere(text: str) -> set[tuple[str, str]]:
    """(loop, name) wherever a kept loop uses what its file imports from this project."""
    tree = ast.parse(text)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
        for alias in node.names
    }
    return {
        (loop.name, node.id)
        for loop in kept_loops(tree)
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and node.id in imported
    }


WITH_LOOPS = sorted(
    str(path.relative_to(ROOT))
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if any(True for _ in kept_loops(ast.parse(path.read_text(encoding="utf-8"))))
)


@pytest.mark.parametrize("file", WITH_LOOPS)
def test_kept_loops_use_nothing_of_another_file(file: str) -> None:
    """A constant of another file is compiled in; changed there, it would go on as it was."""
    assert not from_elsewhere((ROOT / file).read_text(encoding="utf-8"))


def test_a_constant_of_another_file_would_be_found() -> None:
    text = "from dosenet.gamma_positions import STEPS\n@numba.njit(cache=True)\ndef loop(n):\n    return n / STEPS\n"
    assert from_elsewhere(text) == {("loop", "STEPS")}
    assert WITH_LOOPS
