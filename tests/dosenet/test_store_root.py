"""The root of a store, made by several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import zarr

from dosenet.store_root import has_group, make_root
from fluencenet.store import FluenceStore
from tests.fluencenet.toy import toy_case
from tests.patience import LONGEST_S

AT_ONCE = 8


def test_several_make_one_root_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have seen that there is none before the first makes it."""
    path, none_yet = tmp_path / "s.zarr", Barrier(AT_ONCE)

    def seen(folder: Path) -> bool:
        found = has_group(folder)
        none_yet.wait(LONGEST_S)
        return found

    monkeypatch.setattr("dosenet.store_root.has_group", seen)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: make_root(path, 7), range(AT_ONCE)))
    assert zarr.open_group(str(path), mode="r").attrs["schema"] == 7
    assert [entry.name for entry in path.iterdir()] == ["zarr.json"]


def test_a_root_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    make_root(tmp_path / "s.zarr", 1)
    before = (tmp_path / "s.zarr" / "zarr.json").stat().st_mtime_ns
    make_root(tmp_path / "s.zarr", 2)
    assert (tmp_path / "s.zarr" / "zarr.json").stat().st_mtime_ns == before
    assert zarr.open_group(str(tmp_path / "s.zarr"), mode="r").attrs["schema"] == 1


def test_cases_are_added_to_a_new_store_by_several_at_once(tmp_path: Path) -> None:
    """Which is how `data fluence` begins: every process stores the plan that it made."""
    case, path = toy_case(beams=1), tmp_path / "s.zarr"
    together = Barrier(AT_ONCE)

    def add(number: int) -> bool:
        named = case.__class__(f"p{number}", case.split, case.scene, case.beams, {})
        together.wait(LONGEST_S)
        return FluenceStore(path).add(named)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert all(pool.map(add, range(AT_ONCE)))
    assert FluenceStore(path).names() == [f"p{number}" for number in range(AT_ONCE)]
