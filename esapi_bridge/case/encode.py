"""A case as its ``case.json`` description plus named arrays, and back; no file is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge import INTENDED_USE
from esapi_bridge.case.beam import Beam, ControlPoint, FluenceMap, Jaws
from esapi_bridge.case.grid import Grid
from esapi_bridge.case.plan import Case, Plan, Uids
from esapi_bridge.case.schema import (
    ArrayFile,
    BeamPart,
    CaseFile,
    ControlPointPart,
    CtPart,
    DosePart,
    FluencePart,
    GridPart,
    OverridePart,
    PlanPart,
    StructurePart,
    UidsPart,
)
from esapi_bridge.case.structure import Override, Structure
from esapi_bridge.case.volume import Dose, Unit, Volume

Arrays = dict[str, NDArray[Any]]
"""Arrays by file name."""


def encode(case: Case) -> tuple[CaseFile, Arrays]:
    """Split a case into its description and its arrays by file name."""
    return _Encoder().case(case)


def decode(file: CaseFile, arrays: Mapping[str, NDArray[Any]]) -> Case:
    """Build the case that `encode` split.

    Raises
    ------
    ValueError
        If a value object refuses what the description says.
    """
    return _Decoder(arrays).case(file)


def encode_dose(name: str, dose: Dose) -> tuple[DosePart, Arrays]:
    """Split one dose into its description and its array, which gets the name ``NAME.npy``."""
    encoder = _Encoder()
    return encoder.dose(name, dose), encoder.arrays


def decode_dose(part: DosePart, arrays: Mapping[str, NDArray[Any]]) -> Dose:
    """Build the dose that `encode_dose` split; raises what `decode` raises."""
    return _Decoder(arrays).dose(part)


def encode_fluence(name: str, fluence: FluenceMap) -> tuple[FluencePart, Arrays]:
    """Split one fluence map into its description and its array, which gets the name ``NAME.npy``."""
    encoder = _Encoder()
    return encoder.fluence(name, fluence), encoder.arrays


def decode_fluence(part: FluencePart, arrays: Mapping[str, NDArray[Any]]) -> FluenceMap:
    """Build the fluence map that `encode_fluence` split; raises what `decode` raises."""
    return _Decoder(arrays).fluence(part)


def decode_beam(part: BeamPart, arrays: Mapping[str, NDArray[Any]]) -> Beam:
    """Build one beam of a description; raises what `decode` raises."""
    return _Decoder(arrays).beam(part)


class _Encoder:
    """Collects the arrays while the description is built."""

    def __init__(self) -> None:
        self.arrays: Arrays = {}

    def keep(self, name: str, values: NDArray[Any], dtype: str) -> ArrayFile:
        array = np.ascontiguousarray(values, dtype=np.dtype(dtype))
        self.arrays[f"{name}.npy"] = array
        return ArrayFile.model_validate({"file": f"{name}.npy", "dtype": dtype, "shape": array.shape})

    def case(self, case: Case) -> tuple[CaseFile, Arrays]:
        file = CaseFile(
            intended_use=INTENDED_USE,
            patient_key=case.patient_key,
            uids=UidsPart(**asdict(case.uids)),
            ct=CtPart(array=self.keep("ct", case.ct.values, "<f4"), grid=GridPart(**asdict(case.ct.grid))),
            plan=self.plan(case.plan),
            plan_dose=None if case.plan_dose is None else self.dose("plan_dose", case.plan_dose),
            beam_doses={n: self.dose(f"beam_dose_{n}", dose) for n, dose in case.beam_doses.items()},
            structures=tuple(self.structure(i, structure) for i, structure in enumerate(case.structures)),
        )
        return file, self.arrays

    def dose(self, name: str, dose: Dose) -> DosePart:
        return DosePart(
            array=self.keep(name, dose.gy, "<f4"),
            grid=GridPart(**asdict(dose.grid)),
            kind=dose.kind,
            beam_number=dose.beam_number,
            algorithm=dose.algorithm,
            medium=dose.medium,
        )

    def structure(self, index: int, structure: Structure) -> StructurePart:
        contours = [contour for contour in structure.contours_mm if len(contour)]
        return StructurePart(
            number=structure.number,
            name=structure.name,
            dicom_type=structure.dicom_type,
            colour=structure.colour,
            points=self.keep(f"structure_{index}", np.concatenate(contours), "<f8") if contours else None,
            points_per_contour=tuple(len(contour) for contour in contours),
            override=None if structure.override is None else OverridePart(**asdict(structure.override)),
            left_out=structure.left_out,
            high_resolution=structure.high_resolution,
        )

    def plan(self, plan: Plan) -> PlanPart:
        return PlanPart(
            name=plan.name,
            beams=tuple(self.beam(i, beam) for i, beam in enumerate(plan.beams)),
            patient_position=plan.patient_position,
            prescription_gy=plan.prescription_gy,
            fractions=plan.fractions,
            normalisation_percent=plan.normalisation_percent,
            calculation_models=dict(plan.calculation_models),
            calculation_options=dict(plan.calculation_options),
            approval=plan.approval,
            target_doses_gy=plan.target_doses_gy,
        )

    def beam(self, index: int, beam: Beam) -> BeamPart:
        leaves = [point.leaves_mm for point in beam.control_points if point.leaves_mm is not None]
        boundaries = beam.mlc_boundaries_mm
        points, row = [], 0
        for point in beam.control_points:
            points.append(
                ControlPointPart(
                    meterset_weight=point.meterset_weight,
                    gantry_deg=point.gantry_deg,
                    collimator_deg=point.collimator_deg,
                    couch_deg=point.couch_deg,
                    jaws_x_mm=(point.jaws.x1_mm, point.jaws.x2_mm),
                    jaws_y_mm=(point.jaws.y1_mm, point.jaws.y2_mm),
                    leaves_row=None if point.leaves_mm is None else row,
                )
            )
            row += point.leaves_mm is not None
        return BeamPart(
            number=beam.number,
            name=beam.name,
            machine=beam.machine,
            energy_mv=beam.energy_mv,
            fluence_mode=beam.fluence_mode,
            technique=beam.technique,
            isocentre_mm=beam.isocentre_mm,
            sad_mm=beam.sad_mm,
            meterset_mu=beam.meterset_mu,
            is_setup=beam.is_setup,
            control_points=tuple(points),
            leaves=self.keep(f"leaves_{index}", np.stack(leaves), "<f8") if leaves else None,
            mlc_boundaries=None if boundaries is None else self.keep(f"mlc_boundaries_{index}", boundaries, "<f8"),
            fluence=None if beam.fluence is None else self.fluence(f"fluence_{index}", beam.fluence),
        )

    def fluence(self, name: str, fluence: FluenceMap) -> FluencePart:
        return FluencePart(
            array=self.keep(name, fluence.values, "<f4"),
            x_origin_mm=fluence.x_origin_mm,
            y_origin_mm=fluence.y_origin_mm,
            spacing_mm=fluence.spacing_mm,
        )


class _Decoder:
    """Looks the arrays up while the value objects are built."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = arrays

    def values(self, array: ArrayFile | None) -> NDArray[Any] | None:
        return None if array is None else self.arrays[array.file]

    def case(self, file: CaseFile) -> Case:
        return Case(
            ct=Volume(self.arrays[file.ct.array.file], Grid(**file.ct.grid.model_dump()), Unit.HU),
            plan=self.plan(file.plan),
            plan_dose=None if file.plan_dose is None else self.dose(file.plan_dose),
            beam_doses={number: self.dose(part) for number, part in file.beam_doses.items()},
            structures=tuple(self.structure(part) for part in file.structures),
            uids=Uids(**file.uids.model_dump()),
            patient_key=file.patient_key,
        )

    def dose(self, part: DosePart) -> Dose:
        volume = Volume(self.arrays[part.array.file], Grid(**part.grid.model_dump()), Unit.GY)
        return Dose(volume, part.kind, part.beam_number, part.algorithm, part.medium)

    def structure(self, part: StructurePart) -> Structure:
        points = self.values(part.points)
        counts = part.points_per_contour
        if sum(counts) != (0 if points is None else len(points)):
            raise ValueError(f"structure {part.number} must have the {sum(counts)} points its contours count")
        contours = () if points is None else tuple(np.split(points, np.cumsum(counts)[:-1]))
        override = None if part.override is None else Override(**part.override.model_dump())
        return Structure(
            part.number,
            part.name,
            part.dicom_type,
            part.colour,
            contours,
            override,
            part.left_out,
            part.high_resolution,
        )

    def plan(self, part: PlanPart) -> Plan:
        fields = part.model_dump(exclude={"beams"})
        return Plan(beams=tuple(self.beam(beam) for beam in part.beams), **fields)

    def beam(self, part: BeamPart) -> Beam:
        leaves = self.values(part.leaves)
        fields = part.model_dump(exclude={"control_points", "leaves", "mlc_boundaries", "fluence"})
        return Beam(
            control_points=tuple(self.control_point(point, leaves, part.number) for point in part.control_points),
            mlc_boundaries_mm=self.values(part.mlc_boundaries),
            fluence=None if part.fluence is None else self.fluence(part.fluence),
            **fields,
        )

    @staticmethod
    def control_point(part: ControlPointPart, leaves: NDArray[Any] | None, beam: int) -> ControlPoint:
        row = None
        if part.leaves_row is not None:
            if leaves is None or part.leaves_row >= len(leaves):
                raise ValueError(f"beam {beam} must have leaf positions for every control point that refers to them")
            row = leaves[part.leaves_row]
        return ControlPoint(
            part.meterset_weight,
            part.gantry_deg,
            part.collimator_deg,
            part.couch_deg,
            Jaws(*part.jaws_x_mm, *part.jaws_y_mm),
            row,
        )

    def fluence(self, part: FluencePart) -> FluenceMap:
        return FluenceMap(self.arrays[part.array.file], part.x_origin_mm, part.y_origin_mm, part.spacing_mm)
