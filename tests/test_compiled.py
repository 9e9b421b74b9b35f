"""Compiled loops that numba keeps on disk: it looks at no file but their own to see if they changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.test_architecture import is_own, modules


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
        if isinstance(node, ast.ImportFrom) and is_own(node.module or "")
        for alias in node.names
    }
    return {
        (loop.name, node.id)
        for loop in kept_loops(tree)
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and node.id in imported
    }


TEXTS = {name: path.read_text(encoding="utf-8") for name, path in sorted(modules().items())}
WITH_LOOPS = [name for name, text in TEXTS.items() if any(True for _ in kept_loops(ast.parse(text)))]


@pytest.mark.parametrize("module", WITH_LOOPS)
def test_kept_loops_use_nothing_of_another_file(module: str) -> None:
    """A constant of another file is compiled in; changed there, it would go on as it was."""
    assert not from_elsewhere(TEXTS[module])


def test_a_constant_of_another_file_would_be_found() -> None:
    text = "from dosenet.gamma_positions import STEPS\n@numba.njit(cache=True)\ndef loop(n):\n    return n / STEPS\n"
    assert from_elsewhere(text) == {("loop", "STEPS")}
    assert WITH_LOOPS
