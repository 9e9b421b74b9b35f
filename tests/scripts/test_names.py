"""Private fields of the scripts and of the mock follow one rule; needs no Mono."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import esapi_bridge.mock
from esapi_bridge.eclipse.install import script_sources

TREES = {"scripts": script_sources(), "mock": Path(esapi_bridge.mock.__file__).parent}

PRIVATE_FIELD = re.compile(
    r"^\s+private (?P<words>(?:(?:static|readonly|const|volatile) )*)"
    r"[\w.]+(?:<.+?>+)?(?:\[[],[]*)? (?P<name>\w+)(?:;| =(?!>))",
    re.MULTILINE,
)


def misnamed(source: str) -> list[str]:
    """Names of private fields that are neither ``_camelCase`` nor, where they never change, ``PascalCase``."""
    wrong = []
    for field in PRIVATE_FIELD.finditer(source):
        words = set(field["words"].split())
        never_changes = "const" in words or {"static", "readonly"} <= words
        if not re.fullmatch(r"[A-Z]\w*" if never_changes else r"_[a-z]\w*", field["name"]):
            wrong.append(field["name"])
    return wrong


@pytest.mark.parametrize("tree", TREES)
def test_private_fields_are_named_by_one_rule(tree: str) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(TREES[tree].rglob("*.cs"))}
    assert sum(len(PRIVATE_FIELD.findall(source)) for source in sources.values()) > 50  # far fewer: they were not found
    assert {path.name: names for path, source in sources.items() if (names := misnamed(source))} == {}


@pytest.mark.parametrize(
    ("declaration", "wrong"),
    [
        ("private readonly string path;", ["path"]),
        ("private static bool isResolving;", ["isResolving"]),
        ("private volatile Exception error;", ["error"]),
        ("private Dictionary<int, List<double[]>> byPlane;", ["byPlane"]),
        ("private readonly float[,] pixels = new float[2, 2];", ["pixels"]),
        ("private int[][] Planes;", ["Planes"]),
        ("private const int _pieces = 4;", ["_pieces"]),
        ("private static readonly Regex line = new Regex(", ["line"]),
        ("private readonly System.Windows.Forms.Timer _poll = new System.Windows.Forms.Timer();", []),
        ("private static readonly string[] Bad = { };", []),
        ("private static string Text(string format, double value)", []),
        ("private string PathOf(string name = null)", []),
    ],
)
def test_a_field_that_is_named_otherwise_is_found(declaration: str, wrong: list[str]) -> None:
    assert misnamed(f"    {declaration}\n") == wrong
