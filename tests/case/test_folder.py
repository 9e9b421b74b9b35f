"""The case folder: what was written comes back, and what was tampered with does not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Approval, Case
from esapi_bridge.case.folder import read_case, write_case
from esapi_bridge.errors import BridgeError, RefusedError


def assert_same(a: Any, b: Any, where: str = "case") -> None:
    """Compare value objects to the last bit, arrays included."""
    assert type(a) is type(b) or isinstance(a, dict), where
    if is_dataclass(a):
        for field in fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, where
        assert np.array_equal(a, b), where
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}[{key}]")
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{where}[{i}]")
    else:
        assert a == b, where


@pytest.fixture
def folder(case: Case, tmp_path: Path) -> Path:
    return write_case(case, tmp_path / "deep" / "case")


def seal(folder: Path) -> None:
    """Renew the digests, as somebody would who means to deceive."""
    names = sorted(p.name for p in folder.iterdir() if p.name != "SHA256SUMS")
    digests = (hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names)
    (folder / "SHA256SUMS").write_text("".join(f"{d}  {n}\n" for d, n in zip(digests, names, strict=True)))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the description and renew the digests."""
    description = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    change(description)
    (folder / "case.json").write_text(json.dumps(description), encoding="utf-8")
    seal(folder)


def test_a_case_comes_back_to_the_last_bit(case: Case, folder: Path) -> None:
    assert_same(case, read_case(folder))


def test_a_case_without_optional_parts_comes_back(case: Case, tmp_path: Path) -> None:
    bare = replace(case, plan_dose=None, beam_doses={}, structures=(), plan=replace(case.plan, beams=()))
    assert_same(bare, read_case(write_case(bare, tmp_path / "bare")))


def test_arrays_read_back_are_protected(folder: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        read_case(folder).ct.values[0, 0, 0] = 1


def test_the_digests_are_those_of_sha256sum(folder: Path) -> None:
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.skip("sha256sum is not installed")
    assert subprocess.run([tool, "--check", "--strict", "SHA256SUMS"], cwd=folder, check=False).returncode == 0


def test_the_folder_is_readable_with_numpy_and_json_only(case: Case, folder: Path) -> None:
    description = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert description["schema"] == 1
    assert description["intended_use"] == INTENDED_USE
    assert description["plan"]["name"] == "Plän A"
    ct = np.load(folder / description["ct"]["array"]["file"], allow_pickle=False)
    assert np.array_equal(ct, case.ct.values)


def test_writing_leaves_nothing_else_behind(folder: Path) -> None:
    assert [p.name for p in folder.parent.iterdir()] == ["case"]


def test_an_existing_folder_is_not_overwritten(case: Case, folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(BridgeError, match="never overwritten"):
        write_case(case, folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_a_failed_write_leaves_no_folder(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BridgeError, match="No space left"):
        write_case(case, tmp_path / "case")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["case.json", "ct.npy", "structure_0.npy", "SHA256SUMS"])
def test_any_flipped_bit_is_refused(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    for position in np.linspace(0, len(data) - 1, 23).astype(int):
        data[position] ^= 1
        (folder / name).write_bytes(data)
        with pytest.raises(RefusedError):
            read_case(folder)
        data[position] ^= 1


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "plan_dose.npy").unlink()
    with pytest.raises(RefusedError, match="plan_dose"):
        read_case(folder)


def test_an_unlisted_file_is_refused_and_not_named(folder: Path) -> None:
    (folder / "DOE_JANE.txt").write_text("x")
    with pytest.raises(RefusedError, match="1 not listed") as error:
        read_case(folder)
    assert "DOE" not in str(error.value)


def test_a_listed_file_that_the_case_does_not_use_is_refused(folder: Path) -> None:
    shutil.copy(folder / "ct.npy", folder / "spare.npy")
    seal(folder)
    with pytest.raises(RefusedError, match=r"spare\.npy"):
        read_case(folder)


def test_an_array_used_twice_is_refused(folder: Path) -> None:
    edit(folder, lambda d: d["plan_dose"].update(array=d["ct"]["array"]))
    with pytest.raises(RefusedError, match="plan_dose"):
        read_case(folder)


def test_a_link_in_place_of_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.npy"
    (folder / "ct.npy").rename(target)
    (folder / "ct.npy").symlink_to(target)
    with pytest.raises(RefusedError, match="link"):
        read_case(folder)


@pytest.mark.parametrize(
    "name",
    ["../ct.npy", "/etc/passwd", "sub/ct.npy", "..\\ct.npy", "C:ct.npy", "ct.npy:stream", "CT.NPY", "con", "ct.npy\n"],
)
def test_a_path_in_place_of_a_name_is_refused(folder: Path, name: str) -> None:
    shutil.copy(folder / "ct.npy", folder.parent / "ct.npy")
    edit(folder, lambda d: d["ct"]["array"].update(file=name))
    with pytest.raises(RefusedError):
        read_case(folder)
    sums = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text(sums.replace("ct.npy", name))
    with pytest.raises(RefusedError, match="plain file name"):
        read_case(folder)


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_schema_version_is_refused(folder: Path, version: object) -> None:
    edit(folder, lambda d: d.update(schema=version))
    with pytest.raises(RefusedError, match="schema 1"):
        read_case(folder)


def test_an_unknown_key_is_refused_without_its_value(folder: Path) -> None:
    edit(folder, lambda d: d["plan"].update(remark="DOE^JANE"))
    with pytest.raises(RefusedError, match=r"plan\.remark") as error:
        read_case(folder)
    assert "DOE" not in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["ct"]["array"].update(shape=[4, 3, 5]),
        lambda d: d["ct"]["array"].update(dtype="<f8"),
        lambda d: d["ct"]["grid"].update(size=[4, 5, 3]),
        lambda d: d["ct"]["grid"].update(direction=[1, 0, 0, 1, 0, 0, 0, 0, 1]),
        lambda d: d["ct"]["grid"].update(spacing_mm=[1, -1, 1]),
        lambda d: d["structures"][0].update(points_per_contour=[4, 4]),
        lambda d: d["plan"]["beams"][0]["control_points"][2].update(leaves_row=2),
        lambda d: d["plan"]["beams"][0]["control_points"][0].update(jaws_x_mm=[5, -5]),
        lambda d: d["beam_doses"]["7"].update(beam_number=None),
        lambda d: d["plan_dose"].update(kind="FRACTION"),
        lambda d: d["plan"].update(patient_position="SITTING"),
        lambda d: d["plan"]["beams"][0].update(technique="SPIRAL"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    edit(folder, change)
    with pytest.raises(RefusedError):
        read_case(folder)


def test_words_are_written_as_dicom_has_them_and_an_unknown_approval_is_just_noted(folder: Path) -> None:
    plan = json.loads((folder / "case.json").read_text(encoding="utf-8"))["plan"]
    words = (plan["patient_position"], plan["approval"], [beam["technique"] for beam in plan["beams"]])
    assert words == ("HFP", "REVIEWED", ["ARC", "STATIC"])
    edit(folder, lambda d: d["plan"].update(approval="A STATUS OF A LATER ECLIPSE"))
    assert read_case(folder).plan.approval is Approval.UNKNOWN


def test_nan_in_an_array_is_refused(folder: Path) -> None:
    dose = np.load(folder / "plan_dose.npy")
    dose[0, 0, 0] = np.nan
    np.save(folder / "plan_dose.npy", dose)
    seal(folder)
    with pytest.raises(RefusedError, match="finite"):
        read_case(folder)


def test_a_pickled_array_is_never_loaded(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("a pickle was executed",))

    np.save(folder / "ct.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    seal(folder)
    with pytest.raises(RefusedError, match=r"ct\.npy"):
        read_case(folder)


def test_a_huge_declared_array_is_refused_before_it_is_allocated(folder: Path) -> None:
    shape = (10**6, 10**6, 10**6)
    with (folder / "ct.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    edit(folder, lambda d: d["ct"]["array"].update(shape=shape))
    with pytest.raises(RefusedError, match="exactly the values"):
        read_case(folder)


def test_deeply_nested_json_is_refused(folder: Path) -> None:
    (folder / "case.json").write_text("[" * 200_000 + "]" * 200_000)
    seal(folder)
    with pytest.raises(RefusedError):
        read_case(folder)


def test_no_folder_is_an_error_not_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"case\.json") as error:
        read_case(tmp_path / "DOE_JANE")
    assert not isinstance(error.value, RefusedError)
    assert "DOE" not in str(error.value)
