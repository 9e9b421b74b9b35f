"""Damage the files of an exported plan, one at a time, and see what a dose run makes of it.

``python -m tests.benchmarks.damage [NUMBER] [FIRST] [EVERY]`` damages so many files. Each is read by itself; every
EVERY-th (5) is also read in its export and passed to all checks that come before the network. It prints, by kind of
damage, what refused them, and of those that were read what had changed and what had caught it; then foreign errors, the
slowest file and the most memory. Every damage follows from its number, so that a campaign can be made in parts.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pydicom

from esapi_bridge.case import Case
from esapi_bridge.checks import Outcome, Verdict, require
from esapi_bridge.checks.structures import check_structures
from esapi_bridge.dicom import describe_file, read_export
from esapi_bridge.dicom.read.export import Export
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.sealed import SUMS_FILE
from esapi_bridge.planning.engines import physics_engines
from esapi_bridge.planning.export import ExportOptions, export_subject
from esapi_bridge.tasks.dose.run import DEFAULT_MODEL, DoseRun
from esapi_bridge.tasks.networks import Networks
from tests.benchmarks.damages import Base, damaged
from tests.planning.water import water_cylinder

SEED = 2026
KEY = b"a key of thirty-two bytes......."
MEMORY_FOLDER = Path("/dev/shm")
"""Files lie in memory where the system has such a place."""

DOSE_SHARE = 1e-4
"""A dose has changed if a voxel has by more than this share of the maximum."""

HU = 1.0
MM_OR_DEG = 0.01


class Reached(Exception):  # noqa: N818  no error: all that comes before the network has passed
    """The network would have been run."""


class NoNetworks(Networks):
    """Networks that are not there: whoever wants one has passed every check before it."""

    def get(self, *_: object) -> object:  # type: ignore[override]
        raise Reached


@dataclass
class Figures:
    """What a campaign found.

    Parameters
    ----------
    alone
        Files that were read by themselves, by kind of damage and verdict.
    files
        Damages in an export, by kind.
    refused_by
        What refused, by kind of damage.
    changed
        Of files that were read: (what had changed, what caught it), by kind of damage.
    foreign
        Errors outside the project's own family.
    slowest_s
        Processor time of the slowest file, s.
    longest
        Length of the longest message.
    """

    alone: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    refused_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    longest: int = 0


class Bench:
    """An export of a small plan, whose files are damaged in turn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "export"
        options = ExportOptions(beams=2, reference=False, random=True, seed=4)
        export_subject(water_cylinder(40.0), self.folder, options, engines=physics_engines())
        self.sums = (self.folder / SUMS_FILE).read_bytes()
        (self.folder / SUMS_FILE).unlink()
        self.bases: dict[str, list[tuple[Path, Base]]] = {"CT": [], "RTSTRUCT": [], "RTPLAN": [], "RTDOSE": []}
        for path in sorted(self.folder.iterdir()):
            content = path.read_bytes()
            self.bases[str(pydicom.dcmread(path, stop_before_pixels=True).Modality)].append((path, Base.of(content)))
        self.run = DoseRun(DEFAULT_MODEL, NoNetworks())
        self.whole, self.usual = self.check()

    def check(self) -> tuple[Case, set[str]]:
        """Read the export and pass it to the checks of a dose run; return the case and what the page would tell."""
        seen: list[Verdict] = []

        def noting(verdicts: Sequence[Verdict]) -> None:
            seen.extend(verdicts)
            require(verdicts)

        def noting_structures(*given: Any) -> tuple[Verdict, ...]:
            found = check_structures(*given)
            seen.extend(found)
            return found

        export: Export = read_export(self.folder, key=KEY)
        run = "esapi_bridge.tasks.dose.run"
        with (
            patch(f"{run}.require", noting),
            patch(f"{run}.check_structures", noting_structures),
            contextlib.suppress(Reached),
        ):
            self.run.calculate(export.case, per_beam=None, accessories=export.beam_accessories, stated=export.stated)
        told = {f"warning of {verdict.check}" for verdict in seen if verdict.outcome is Outcome.WARN}
        told |= {f"word of {item.kind} left aside" for item in export.left_aside}
        told |= {"word of what was assumed" for _ in export.assumed}
        told |= {"word of contours left out" for structure in export.case.structures if structure.left_out}
        return export.case, told

    def damage(self, number: int) -> tuple[Path, Base, str, bytes]:
        """Choose a file and damage it: its path, the whole file, the kind of damage and what becomes of it."""
        random = np.random.default_rng((SEED, number))
        files = self.bases[list(self.bases)[number % len(self.bases)]]
        path, base = files[int(random.integers(len(files)))]
        return path, base, *damaged(base, random)

    def alone(self, number: int, figures: Figures) -> None:
        """Damage a file, read it by itself and mend it again."""
        path, base, kind, content = self.damage(number)
        path.write_bytes(content)
        with self.judging(number, figures):
            found = describe_file(path)
            figures.alone[kind, found.verdict] += 1
            figures.longest = max(figures.longest, len(found.detail))
        path.write_bytes(base.implicit)

    @contextlib.contextmanager
    def judging(self, number: int, figures: Figures) -> Iterator[None]:
        """Note foreign errors and processor time."""
        begin = time.process_time()
        try:
            yield
        except Exception as error:  # noqa: BLE001  what must not be
            place = traceback.extract_tb(error.__traceback__)[-1]
            figures.foreign[f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}, {number}"] += 1
        figures.slowest_s = max(figures.slowest_s, time.process_time() - begin)

    def one(self, number: int, figures: Figures) -> None:
        """Damage a file, judge what comes of its export and mend it again."""
        path, base, kind, content = self.damage(number)
        figures.files[kind] += 1
        path.write_bytes(content)
        with self.judging(number, figures):
            try:
                case, told = self.check()
            except BridgeError as error:
                figures.refused_by[kind, refuser(error)] += 1
                figures.longest = max(figures.longest, len(str(error)))
            else:
                for what in changes(self.whole, case):
                    figures.changed[kind, what, ", ".join(sorted(told - self.usual)) or "nothing"] += 1
        path.write_bytes(base.implicit)

    def passes_with_sums(self, number: int) -> bool:
        """Whether a damaged file is accepted though the export has its list of sums."""
        path, base, _, content = self.damage(number)
        (self.folder / SUMS_FILE).write_bytes(self.sums)
        path.write_bytes(content)
        try:
            read_export(self.folder, key=KEY)
        except BridgeError:
            return False
        finally:
            path.write_bytes(base.implicit)
            (self.folder / SUMS_FILE).unlink()
        return content != base.implicit


def refuser(error: BridgeError) -> str:
    """Name the checks that refused or, of the reader, the module."""
    if isinstance(error, RefusedError) and error.checks:
        return f"check {', '.join(sorted({check.check for check in error.checks}))}"
    own = [f for f in traceback.extract_tb(error.__traceback__) if "esapi_bridge" in Path(f.filename).parts]
    named = [Path(f.filename) for f in own if Path(f.filename).name not in ("guard.py", "elements.py")]
    return f"reader {'/'.join(named[-1].parts[-2:])}"


def changes(whole: Case, case: Case) -> list[str]:  # noqa: C901  one branch for each thing that can change
    """Name what differs between the case of the whole files and that of a damaged one."""
    found: list[str] = []
    doses, others = ({None: c.plan_dose, **c.beam_doses} for c in (whole, case))
    for number in doses.keys() | others.keys():
        first, other = doses.get(number), others.get(number)
        if first is None or other is None:
            found.append("dose")
        elif not first.grid.matches(other.grid):
            found.append("grid")
        elif np.abs(first.gy - other.gy).max() > DOSE_SHARE * first.gy.max():
            found.append("dose")
        elif (first.algorithm, first.medium) != (other.algorithm, other.medium):
            found.append("algorithm")
    if not whole.ct.grid.matches(case.ct.grid):
        found.append("grid")
    elif np.abs(whole.ct.values - case.ct.values).max() > HU:
        found.append("CT")
    if [s.name for s in whole.structures] != [s.name for s in case.structures]:
        found.append("structures")
    for one, two in zip(whole.structures, case.structures, strict=False):
        points = [np.concatenate([np.zeros((0, 3)), *s.contours_mm]) for s in (one, two)]
        if points[0].shape != points[1].shape or np.abs(points[0] - points[1]).max(initial=0.0) > MM_OR_DEG:
            found.append("contours")
        if one.dicom_type != two.dicom_type:
            found.append("structures")
    if (whole.patient_key, whole.uids) != (case.patient_key, case.uids):
        found.append("identity")
    found += plan_changes(whole, case)
    return sorted(set(found))


def plan_changes(whole: Case, case: Case) -> list[str]:
    """Name what differs between the plans."""
    one, two = whole.plan, case.plan
    found = []
    if (one.prescription_gy, one.fractions) != (two.prescription_gy, two.fractions):
        found.append("MU")
    if one.patient_position != two.patient_position or len(one.beams) != len(two.beams):
        found.append("beams")
    for a, b in zip(one.beams, two.beams, strict=False):
        angles = [
            [(p.gantry_deg, p.collimator_deg, p.couch_deg, *vars(p.jaws).values()) for p in beam.control_points]
            for beam in (a, b)
        ]
        places = [(*beam.isocentre_mm, beam.sad_mm) for beam in (a, b)]
        if (
            not np.allclose(places[0], places[1], atol=MM_OR_DEG)
            or len(angles[0]) != len(angles[1])
            or not np.allclose(angles[0], angles[1], atol=MM_OR_DEG)
        ):
            found.append("beams")
        weights = [[beam.meterset_mu, *(p.meterset_weight for p in beam.control_points)] for beam in (a, b)]
        if len(weights[0]) != len(weights[1]) or not np.allclose(weights[0], weights[1], rtol=1e-4):
            found.append("MU")
        if (a.energy_label, a.machine, a.technique) != (b.energy_label, b.machine, b.technique):
            found.append("machine")
    return found


def show(figures: Figures) -> None:
    """Print the figures."""
    verdicts: Counter[str] = Counter()
    for (_, verdict), number in figures.alone.items():
        verdicts[verdict] += number
    print(f"by themselves: {sum(verdicts.values())} files, {dict(verdicts)}; in their export:")
    for kind, number in figures.files.items():
        refused = sum(n for (k, _), n in figures.refused_by.items() if k == kind)
        print(f"{kind}: {number} files, {refused} refused, {number - refused} read")
    by: Counter[str] = Counter()
    for (_, name), number in figures.refused_by.items():
        by[name] += number
    print("refused by: " + "; ".join(f"{name} {number}" for name, number in by.most_common()))
    total = sum(figures.files.values())
    for what in sorted({what for _, what, _ in figures.changed}):
        caught = {by: n for (_, w, by), n in figures.changed.items() if w == what and by != "nothing"}
        silent = {k: n for (k, w, by), n in figures.changed.items() if w == what and by == "nothing"}
        print(
            f"{what} changed in {sum(caught.values()) + sum(silent.values())} that were read, silently in "
            f"{sum(silent.values())} ({sum(silent.values()) / total:.2%} of all files; "
            f"{', '.join(f'{k} {n}' for k, n in silent.items()) or 'none'})"
        )
    warnings: Counter[str] = Counter()
    for (_, _, caught_by), number in figures.changed.items():
        warnings[caught_by] += number
    print("caught by: " + "; ".join(f"{name} {number}" for name, number in warnings.most_common() if name != "nothing"))
    print(f"foreign errors: {sum(figures.foreign.values())}", *figures.foreign.items())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest {figures.slowest_s:.2f} s, most memory {peak_mb:.0f} MB, longest message {figures.longest}")


def main() -> None:
    """Run the campaign."""
    given = [int(word) for word in sys.argv[1:]]
    number, first, every = (given[n] if len(given) > n else default for n, default in enumerate((20_000, 0, 5)))
    place = Path(tempfile.mkdtemp(dir=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None))
    try:
        bench, figures = Bench(place), Figures()
        begin = time.perf_counter()
        for n in range(first, first + number):
            bench.alone(n, figures)
            if n % every == 0:
                bench.one(n, figures)
            if (n + 1 - first) % 1000 == 0:
                print(f"{n + 1 - first} files, {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
        tried = range(first, first + number, max(1, number // 200))
        passed = sum(bench.passes_with_sums(n) for n in tried)
        print(f"{number} damaged files of a planned export, seed {SEED}, from number {first}")
        show(figures)
        print(f"with {SUMS_FILE}: {passed} of {len(tried)} accepted")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
