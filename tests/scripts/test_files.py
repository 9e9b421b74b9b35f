"""The scripts' own file formats, judged by numpy, hashlib, json and SimpleITK."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.eclipse.install import script_sources
from esapi_bridge.errors import FailedCheck
from esapi_bridge.worker.state import JobState, State
from tests.scripts.mono import build_program, needs_mono, run_program

pytestmark = needs_mono


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).parent / "programs" / "Files.cs"
    shared = ["Files/*.cs", "Writing/DoseVolume.cs", "Writing/Resampling.cs", "Python/JobStatus.cs"]
    run = ("Errors", "ErrorText", "Identities", "LocalLog", "Outcome", "OutcomeTable", "UserFolders")
    shared += [f"Run/{name}.cs" for name in run]
    shared += [f"Reading/{name}.cs" for name in ("Accessories", "MlcModel", "PlaneBuffer", "LinearScale")]
    return build_program(source, shared, tmp_path_factory.mktemp("program"))


STATES = {State.QUEUED: False, State.RUNNING: False, State.DONE: True, State.FAILED: True, State.CANCELLED: True}


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_job_is_known(program: Path, tmp_path: Path, state: State) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(JobState(state).to_dict()))
    found = json.loads(run_program(program, "status", tmp_path / "answer.json"))
    assert (found["state"], found["ended"]) == (state.value.capitalize(), STATES[state])


def test_a_refusal_is_told_by_the_names_of_its_checks_whatever_its_sentence_says(program: Path, tmp_path: Path) -> None:
    checks = (FailedCheck("structure PTV", "one structure", "PTV_44 and PTV_78"), FailedCheck("energy", "15X", "6X"))
    for code, names in ((3, ["structure PTV", "energy"]), (1, None)):
        answer = JobState(State.FAILED, message="no structure Bladder: words", exit_code=code, checks=checks).to_dict()
        (tmp_path / "answer.json").write_text(json.dumps(answer))
        found = json.loads(run_program(program, "status", tmp_path / "answer.json"))
        assert (found["message"], found["checks"]) == ("no structure Bladder: words", names)


def test_an_unknown_state_is_an_error(program: Path, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text('{"state": "3"}')
    with pytest.raises(AssertionError, match="expected 'state'"):
        run_program(program, "status", tmp_path / "answer.json")


@pytest.mark.parametrize("length", [0, 1, 55, 56, 64, 1_000_003, 3 << 20])
def test_sha256_is_that_of_hashlib(program: Path, tmp_path: Path, length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    (tmp_path / "data").write_bytes(data)
    assert run_program(program, "sha256", tmp_path / "data") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3), (200, 512, 512), (1000000,), (1, 2, 3, 4)])
@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_header_is_that_of_numpy(program: Path, tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    run_program(program, "header", tmp_path / "header", dtype, ",".join(map(str, shape)))
    expected = io.BytesIO()
    np.lib.format.write_array_header_1_0(expected, {"descr": dtype, "fortran_order": False, "shape": shape})
    assert (tmp_path / "header").read_bytes() == expected.getvalue()


def test_an_array_of_numpy_is_read(program: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((5, 6, 7), dtype=np.float32)
    np.save(tmp_path / "values.npy", values)
    assert float(run_program(program, "float32", tmp_path / "values.npy", "5,6,7")) == pytest.approx(
        values.sum(dtype=np.float64), rel=1e-12
    )


@pytest.mark.parametrize("fault", ["shape", "dtype", "order", "short"])
def test_another_array_is_refused(program: Path, tmp_path: Path, fault: str) -> None:
    values = np.ones((5, 6, 7), dtype=np.float64 if fault == "dtype" else np.float32)
    np.save(tmp_path / "values.npy", np.asfortranarray(values) if fault == "order" else values)
    if fault == "short":
        (tmp_path / "values.npy").write_bytes((tmp_path / "values.npy").read_bytes()[:-1])
    with pytest.raises(AssertionError, match="a result array must be float32"):
        run_program(program, "float32", tmp_path / "values.npy", "5,7,6" if fault == "shape" else "5,6,7")


def test_a_complete_case_folder(program: Path, tmp_path: Path) -> None:
    run_program(program, "case", tmp_path / "case", "complete")
    folder = tmp_path / "case"
    lines = (folder / "SHA256SUMS").read_bytes().decode().split("\n")
    assert lines[-1] == ""
    sums = {line[66:]: line[:64] for line in lines[:-1]}
    assert all(line[64:66] == "  " for line in lines[:-1])
    assert {*sums, "SHA256SUMS"} == {path.name for path in folder.iterdir()}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    description = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert description["name"] == "Größe"
    planes = np.load(folder / "planes.npy")
    np.testing.assert_array_equal(planes, 1000 * np.arange(40)[:, None, None] + np.arange(600).reshape(30, 20))
    np.testing.assert_array_equal(np.load(folder / "points.npy"), [[0.1, -2, 1e300], [4, 5, 6]])
    np.testing.assert_array_equal(np.load(folder / "pixels.npy"), [[1, 2, 3], [4, 5, 6]])
    assert description["arrays"][1] == {"file": "points.npy", "dtype": "<f8", "shape": [2, 3]}


def test_an_incomplete_case_leaves_nothing(program: Path, tmp_path: Path) -> None:
    run_program(program, "case", tmp_path / "case", "given up")
    assert list(tmp_path.iterdir()) == []


def test_a_large_array_is_whole_and_its_digest_right(program: Path, tmp_path: Path) -> None:
    assert run_program(program, "large", tmp_path / "case") == ""
    written = (tmp_path / "case" / "planes.npy").read_bytes()
    listed = (tmp_path / "case" / "SHA256SUMS").read_text().splitlines()
    assert f"{hashlib.sha256(written).hexdigest()}  planes.npy" in listed
    bits = np.load(tmp_path / "case" / "planes.npy").view(np.uint32)
    assert np.array_equal(bits, np.broadcast_to(np.arange(80, dtype=np.uint32)[:, None, None], (80, 500, 500)))


def test_a_write_that_fails_stops_the_case_and_leaves_nothing(program: Path, tmp_path: Path) -> None:
    limited = ["prlimit", f"--fsize={20 << 20}", "mono", str(program), "large", str(tmp_path / "case")]
    # Python ignores the signal of a file too large, and so does what it starts: the write itself fails.
    done = subprocess.run(limited, capture_output=True, text=True, check=False, restore_signals=False)
    assert "a file could not be written" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (33, 7), (5, 40), (512, 300)])
def test_a_plane_becomes_float32_rows(program: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    counts = np.random.default_rng(1).integers(-(2**31), 2**31, size, dtype=np.int32)
    counts.tofile(tmp_path / "plane")
    run_program(program, "plane", tmp_path / "plane", f"{size[0]},{size[1]}")
    rows = np.fromfile(tmp_path / "plane", dtype=np.float32).reshape(size[::-1])
    np.testing.assert_array_equal(rows, (0.5 * counts.T.astype(np.float64) - 1000).astype(np.float32))


def test_a_case_folder_is_never_overwritten(program: Path, tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    with pytest.raises(AssertionError, match="never overwritten"):
        run_program(program, "case", tmp_path / "case", "complete")
    assert list(tmp_path.iterdir()) == [tmp_path / "case"]


def test_numbers_survive_json(program: Path, tmp_path: Path) -> None:
    values = [0.1, 1 / 3, -1.5e-12, 1e22, 123456789.123456789, 5.0, -0.0, 3]
    (tmp_path / "numbers.json").write_text(json.dumps({"values": values}))
    found = json.loads(run_program(program, "json", tmp_path / "numbers.json"))
    assert found == pytest.approx(values, rel=1e-14)


TURNED = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
OBLIQUE = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)
FINE = Grid((23, 17, 12), (1.25, 1.25, 1.25), (-10.3, 4.2, 100.0))
GRIDS = {
    "the same": FINE,
    "a part": Grid((10, 20, 9), (1.25, 1.25, 1.25), (-5.3, 2.95, 101.25)),
    "coarser": Grid((7, 6, 4), (5.0, 5.0, 5.0), (-8.425, 6.075, 101.875)),
    "prone": Grid((20, 15, 10), (1.3, 1.4, 1.5), (15.0, 24.0, 100.2), TURNED),
    "oblique and beyond": Grid((30, 30, 9), (1.7, 1.1, 1.3), (-13.0, 0.1, 97.1), OBLIQUE),
}


@pytest.mark.parametrize("name", GRIDS)
def test_resampling_is_that_of_simpleitk(program: Path, tmp_path: Path, name: str) -> None:
    to = GRIDS[name]
    values = np.random.default_rng(2).random(FINE.shape, dtype=np.float32)
    np.save(tmp_path / "values.npy", values)
    (tmp_path / "grids.json").write_text(json.dumps({"from": asdict(FINE), "to": asdict(to)}))
    told = json.loads(
        run_program(program, "resample", tmp_path / "grids.json", tmp_path / "values.npy", tmp_path / "out.npy")
    )
    expected = resample(Volume(values, FINE, Unit.GY), to, 0.0).values
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)
    assert expected.max() > 0.5
    assert told["copied"] == (name in {"the same", "a part"})
    k, j, i = np.meshgrid(*map(np.arange, FINE.shape), indexing="ij")
    index = to.to_index(FINE.to_patient(np.stack([i, j, k], axis=-1)))
    outside = ((index < -0.5 - 1e-5) | (index > np.asarray(to.size) - 0.5 + 1e-5)).any(axis=-1)
    assert told["outside"] == pytest.approx(values[outside].max(initial=0.0))


@pytest.mark.parametrize(
    ("member", "name"),
    [("Wedges", "wedge"), ("Blocks", "block"), ("Boluses", "bolus"), ("Compensator", "compensator"),
     ("Trays", "tray"), ("Applicator", "applicator"), ("none", None)],
)  # fmt: skip
def test_accessories_are_seen(program: Path, member: str, name: str | None) -> None:
    assert json.loads(run_program(program, "accessories", member)) == ([] if name is None else [name])


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Millennium 120", [*range(-200, -100, 10), *range(-100, 100, 5), *range(100, 201, 10)]),
        (
            "Varian High Definition 120",
            [*np.arange(-110, -40, 5.0), *np.arange(-40, 40, 2.5), *np.arange(40, 111, 5.0)],
        ),
        ("Agility", None),
    ],
)
def test_leaf_boundaries(program: Path, model: str, expected: list[float] | None) -> None:
    """Millennium 120: 40 cm, 5 mm in the middle 20 cm; High Definition 120: 22 cm, 2.5 mm in the middle 8 cm."""
    assert json.loads(run_program(program, "leaves", model)) == expected


COUNTS = 1_000_000
FLOAT32 = 2.0**-24


def test_a_scale_is_found_without_large_counts_and_holds_for_them(program: Path) -> None:
    """Eclipse may refuse counts above what it stores; a float32 conversion is found to 2 N / 10 000 + 1 roundings."""
    found = json.loads(run_program(program, "scale"))
    assert found["exact"] == pytest.approx(100.0, rel=1e-14)
    assert found["limited"] == found["exact"]
    for name, largest, exact in (("single", 1.0, 100.0), ("offset", 2676.0, 0.37e6 - 1024)):
        assert abs(found[name] - exact) <= (2 * COUNTS / 10_000 + 1) * FLOAT32 * largest
    for name in ("cut off", "decimals", "curved", "undefined", "constant"):
        assert found[name] == "stored values must turn linearly into physical ones, found another relation", name


@pytest.mark.slow
def test_whoever_holds_a_file_for_a_moment_is_waited_for(program: Path, tmp_path: Path) -> None:
    found = json.loads(run_program(program, "held", tmp_path))
    assert found == {
        **dict.fromkeys(("code 32", "code 5", "code 33", "code 145", "denied"), 4),
        "exists": "given up",
        "for ever": True,
        "replaced": True,
        "removed": True,
    }


def test_files_are_moved_and_removed_with_patience_only() -> None:
    bare = re.compile(r"\b(File\.(Move|Delete|Replace)|Directory\.(Move|Delete))\b")
    sources = [path for path in script_sources().rglob("*.cs") if path.parent.name != "Python"]
    assert {path.name for path in sources if bare.search(path.read_text())} == {"Moves.cs", "LocalLog.cs"}


NAMES, IDS = ["SECRET4711", "Müller, Anna Maria", "O'Brien"], ["C1", "Prostata 2", "Plan7"]

HIDDEN = {
    "Patient MÜLLER is locked by another user": "Patient [hidden] is locked by another user",
    "Anna Maria Müller": "[hidden] [hidden] [hidden]",
    "Plan Prostata 2 of course C1 is approved": "Plan [hidden] of course [hidden] is approved",
    "DDN_Plan7 cannot be saved": "DDN_[hidden] cannot be saved",
    "course 'C1' and \"any thing\" and „noch etwas“": "course '[hidden]' and '[hidden]' and '[hidden]'",
    r"Access to the path 'C:\Users\mueller\x y.json' is denied.": "Access to the path '[hidden]' is denied.",
    r"in \\server\va_data$\Meier.dcm": "in [hidden]",
    "no file /home/anna maria/case": "no file [hidden]",
    "DOE^JOHN born 12.03.1960 or 1960-03-12": "[hidden] born [hidden] or [hidden]",
    "series 1.2.246.352.71.2.1, H-4711": "series [hidden], [hidden]",
    "patient 0012345, or 12 34 56-7": "patient [hidden], or [hidden]",
    "PlanSetupSer: 549944, a.b@clinic.org": "PlanSetupSer: [hidden], [hidden]",
    "two\nlines": "two lines",
}  # fmt: skip

KEPT = [
    "No valid license to modify patient data with script.",
    "The script 'DeepDoseNet (1.0.0.3)' has been modifed.",
    "Could not load file or assembly 'Python.Runtime, Version=3.0.5.0, Culture=neutral' or one of its dependencies.",
    "Could not load file or assembly 'Anything, Version=4.0.0.0, Culture=neutral, PublicKeyToken=null'.",
    "HRESULT 0x80131515; Line 694: it doesn't, and can't, be updated",
    "Plan does not have a dose matrix. Dose calculation is not supported from plugin script in this case.",
    "A count and/or a dose",
]


def test_a_log_holds_no_identities_but_what_went_wrong(program: Path, tmp_path: Path) -> None:
    wanted = {"names": NAMES, "ids": IDS, "messages": [*HIDDEN, *KEPT]}
    (tmp_path / "messages.json").write_text(json.dumps(wanted))
    found = json.loads(run_program(program, "hide", tmp_path / "messages.json"))
    assert dict(zip(wanted["messages"], found, strict=True)) == {**HIDDEN, **dict(zip(KEPT, KEPT, strict=True))}


def _log(program: Path, home: Path) -> str:
    environment = {**os.environ, "XDG_DATA_HOME": str(home), "HOME": str(home)}
    done = subprocess.run(["mono", program, "log"], capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def test_the_log_tells_type_message_and_place_and_stays_small(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "esapi-bridge" / "logs"
    folder.mkdir(parents=True)
    for day in range(1, 29):
        (folder / f"scripts-202001{day:02}.log").write_text("old")
    log = Path(_log(program, tmp_path))
    text = log.read_text()
    assert text.startswith("Research use only, not for clinical use.")
    assert "EsapiBridge.Scripts.BridgeException: expected JSON, found other text; repeat the installation" in text
    assert "  at EsapiBridge.Scripts.Json.Parse " in text
    assert "System.ArgumentException: Invalid JSON" in text
    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 14
    assert kept[0] == "scripts-20200116.log"
    log.write_bytes(b"x" * 2**20)
    assert Path(_log(program, tmp_path)).stat().st_size == 2**20


def test_a_log_that_cannot_be_written_is_no_error(program: Path, tmp_path: Path) -> None:
    (tmp_path / "esapi-bridge").write_text("a file in the place of the folder")
    assert _log(program, tmp_path) == "none"
