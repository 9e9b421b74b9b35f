"""Puts the files of an index together to plans."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from esapi_bridge.dicom.index.catalogue import Catalogue, File
from esapi_bridge.dicom.index.found import FoundPlan
from esapi_bridge.dicom.index.kept import Kept, Verdict
from esapi_bridge.dicom.index.reading import PLANS, digest_of
from esapi_bridge.dicom.index.row import CASE, PlanFacts, Row
from esapi_bridge.dicom.index.sizes import sizes_of
from esapi_bridge.dicom.index.verdict import NO_STRUCTURES, judge
from esapi_bridge.dicom.read.elements import class_name
from esapi_bridge.dicom.read.scan import Entry, ExportFiles
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.names import plain_name
from esapi_bridge.progress import Progress

Aside = Counter[tuple[str, str]]
"""How many objects were left aside, by the name of their kind and why."""

UNREADABLE, OF_NO_PLAN, COPY = "cannot be read", "of no plan that was found", "identical copy"

KEY_CHARACTERS, LABEL_CHARACTERS, PRINT_CHARACTERS = 10, 24, 32


def sort_out(files: Sequence[File], now: Kept) -> tuple[list[File], list[File], Aside]:
    """Tell files that can be part of a plan from case folders, and count what is neither, or a copy."""
    aside: Aside = Counter()
    cases, parts = [], []
    of_uid: dict[str, list[File]] = defaultdict(list)
    for file in files:
        if file.row.header is not None and file.row.uid:
            of_uid[file.row.uid].append(file)
    first: set[tuple[str, str]] = set()
    for file in files:
        row = file.row
        if row.kind == CASE:
            cases.append(file)
        elif row.aside:
            aside[row.kind, row.aside] += 1
        else:
            if len(of_uid.get(row.uid, ())) > 1:
                content = (row.uid, _digest(file, now))
                if content in first:
                    aside[class_name(row.kind), COPY] += 1
                    continue
                first.add(content)
            parts.append(file)
    return parts, cases, aside


def _digest(file: File, now: Kept) -> str:
    """Hash of a file's content, kept once it was needed; its id where the disk does not give it."""
    held = now.files[file.id]
    if not held.row.digest:
        try:
            held = replace(held, row=replace(held.row, digest=digest_of(file.seen.path)))
        except BridgeError:
            return file.id
        now.files[file.id] = held
    return held.row.digest


def exported_plans(
    parts: Sequence[File], aside: Aside, now: Kept, progress: Progress | None, structures: bool
) -> list[FoundPlan]:
    """Find the plans of exported files, and count the files that belong to none."""
    catalogue = Catalogue(parts)
    by_uid: dict[str, list[File]] = defaultdict(list)
    for file in parts:
        if file.row.kind in PLANS:
            by_uid[file.row.uid or file.id].append(file)
    plans = []
    used: set[str] = set()
    entries: dict[str, Entry] = {}
    for number, (uid, group) in enumerate(by_uid.items()):
        if progress is not None:
            progress("plans", number, len(by_uid))
        plan = next((file for file in group if file.row.header is not None), group[0])
        files = catalogue.of_plan(plan)
        used.update(file.id for file in files)
        key = _key("dicom", uid, plan.row.facts)
        fingerprint = _fingerprint(files, structures)
        verdict = now.verdicts.get(key)
        if verdict is None or verdict.fingerprint != fingerprint:
            outline = plan.row.outline
            missing = [plan.row.fault] if outline is None else judge(outline, files, entries, structures=structures)
            verdict = Verdict(fingerprint, tuple(missing))
            now.verdicts[key] = verdict
        source = ExportFiles(tuple(file.seen.path for file in files))
        found = _found("dicom", key, plan.row, source, verdict.missing)
        plans.append(replace(found, sizes=sizes_of(file.row for file in files)))
    for file in parts:
        if file.id not in used:
            reason = UNREADABLE if file.row.header is None else OF_NO_PLAN
            aside[class_name(file.row.kind), reason] += 1
    return plans


def case_plans(cases: Sequence[File], aside: Aside, structures: bool) -> list[FoundPlan]:
    """Find the plans of case folders."""
    by_uid: dict[str, dict[str, File]] = defaultdict(dict)
    for file in cases:
        first = by_uid[file.row.uid or file.id].setdefault(file.row.digest, file)
        if first is not file:
            aside["case folder", COPY] += 1
    plans = []
    for uid, different in by_uid.items():
        file = next(iter(different.values()))
        missing = [file.row.fault] if file.row.fault else []
        if len(different) > 1:
            missing.append(f"each plan must be there once, found {len(different)} different case folders of {uid}")
        if structures and not file.row.fault and not file.row.has_structures:
            missing.append(NO_STRUCTURES)
        plans.append(_found("case", _key("case", uid, file.row.facts), file.row, file.seen.path, missing))
    return plans


def _found(
    kind: Literal["dicom", "case"], key: str, row: Row, source: Path | ExportFiles, missing: Sequence[str]
) -> FoundPlan:
    facts = row.facts or PlanFacts("")
    return FoundPlan(
        key=key,
        kind=kind,
        label=facts.label,
        uid=row.uid,
        patient=row.patient,
        source=source,
        missing=tuple(missing),
        approval=facts.approval,
        energies=facts.energies,
        techniques=facts.techniques,
        beams=len(row.outline.treated) if row.outline else 0,
    )


def _key(kind: str, uid: str, facts: PlanFacts | None) -> str:
    """Label, as far as any file system takes it, and a hash that tells it from every other plan."""
    label = plain_name(facts.label if facts else "")
    digest = hashlib.sha256(f"{kind} {uid}".encode()).hexdigest()[:KEY_CHARACTERS]
    return f"{label[:LABEL_CHARACTERS] or 'plan'}-{digest}"


def _fingerprint(files: Sequence[File], structures: bool) -> str:
    told = "\n".join(f"{file.id} {file.seen.state}" for file in files)
    return hashlib.sha256(f"{structures}\n{told}".encode()).hexdigest()[:PRINT_CHARACTERS]
