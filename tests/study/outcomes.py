"""Outcomes of runs, made up."""

from __future__ import annotations

from dosenet.field_result import FieldResult
from dosenet.gamma import PAPER_CRITERIA
from esapi_bridge.study.outcome import CurvePoint, Outcome
from esapi_bridge.study.protocol import Limit, Run, Study

SITES = {"a": "head", "b": "thorax", "c": "thorax", "d": "head", "e": "pelvis"}
STEPS = Limit(steps=10)


def study(networks: tuple[str, ...] = ("first", "second"), **options: object) -> Study:
    """A study of five patients with two fields each."""
    values: dict[str, object] = {
        "presets": {name: {"name": name} for name in networks},
        "limits": (STEPS,),
        "fields": dict.fromkeys(SITES, ("f0", "f1")),
    }
    return Study.model_validate({**values, **options})


def field(patient: str, name: str, network: float, linear: float = 1e-3) -> FieldResult:
    """Figures of one field."""
    rates = {str(c): {"linear": 60.0 + k, "network": 90.0 + k} for k, c in enumerate(PAPER_CRITERIA)}
    return FieldResult(
        patient, SITES[patient], "ct" if patient == "e" else "phantom", name, "open", "6X", 10, 0.1,
        {"linear": linear, "network": network}, gamma_2d=rates,
    )  # fmt: skip


def outcome(run: Run, network: float = 1e-4) -> Outcome:
    """What a run found: two fields of each left-out patient, errors `network` and thrice that."""
    fields = tuple(field(p, f"f{k}", network * (1 + 2 * k)) for p in run.left_out for k in (0, 1))
    curve = tuple(CurvePoint(step, step / 60, 2 * network, 3 * network) for step in (5, 10))
    return Outcome(run, 1000, 10, 40, 60.0, 3.0, curve, {"training": 1e-3, "left_out": 1e-3}, fields)
