"""What a database keeps besides case folders: dates, devices, reference points and registrations of exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from esapi_bridge.case import Approval
from esapi_bridge.dicom import Export, PlanFacts, Registration

SEXES = {"M": "Male", "F": "Female", "O": "Other"}
"""Words of Eclipse by those of DICOM."""

POINT_ID_LENGTH = 16


def add_plan_facts(patient: dict[str, Any], plan: dict[str, Any], export: Export, facts: PlanFacts) -> None:
    """Add what an export states to the entries of its patient, course and plan in ``patient.json``."""
    if facts.sex in SEXES:
        patient["sex"] = SEXES[facts.sex]
    _put(plan, "created", facts.created)
    if export.case.plan.approval is Approval.APPROVED:
        _put(plan, "approved", facts.approved)
    _put(plan, "intent", facts.intent)
    course = patient["courses"][0]
    if facts.created is not None:
        course["started"] = min(course.get("started", "9999"), _text(facts.created))
    _add_image(patient.setdefault("images", []), export, facts)
    _add_points(patient.setdefault("reference_points", []), plan, export, facts)


def add_registrations(patient: dict[str, Any], registrations: tuple[Registration, ...]) -> None:
    """Add registrations that an export holds, each once."""
    entries = patient.setdefault("registrations", [])
    for found in registrations:
        entry: dict[str, Any] = {
            "id": f"REG{len(entries) + 1}", "uid": found.uid, "source": found.source, "registered": found.registered,
            "matrix": list(found.matrix),
        }  # fmt: skip
        _put(entry, "created", found.created)
        if all((e["uid"], e["source"]) != (found.uid, found.source) for e in entries):
            entries.append(entry)


def _add_image(images: list[dict[str, Any]], export: Export, facts: PlanFacts) -> None:
    series = export.case.uids.ct_series
    if series is None or any(image["series"] == series for image in images):
        return
    entry: dict[str, Any] = {"series": series}
    for key, value in (
        ("created", facts.ct_created), ("study", facts.study), ("study_id", facts.study_id),
        ("study_created", facts.study_created), ("device", export.scanner.station),
        ("manufacturer", export.scanner.manufacturer), ("model", export.scanner.model),
        ("serial_number", facts.serial_number),
    ):  # fmt: skip
        _put(entry, key, value)
    images.append(entry)


def _add_points(points: list[dict[str, Any]], plan: dict[str, Any], export: Export, facts: PlanFacts) -> None:
    used = []
    for number, found in enumerate(facts.points, start=1):
        uid = found.uid or f"{export.case.uids.plan}.{number}"
        if all(point["uid"] != uid for point in points):
            entry = {"uid": uid, "id": found.name[:POINT_ID_LENGTH] or f"Point {number}"}
            _put(entry, "total_limit_gy", found.limit_gy)
            points.append(entry)
        place: dict[str, Any] = {"uid": uid}
        _put(place, "location_mm", None if found.location_mm is None else list(found.location_mm))
        used.append(place)
    _put(plan, "reference_points", used)


def _put(entry: dict[str, Any], key: str, value: datetime | str | float | list[Any] | None) -> None:
    if value not in (None, "", []):
        entry[key] = _text(value) if isinstance(value, datetime) else value


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
