"""Use Varian's own Python client on the mock as its readme does; a process of its own, since Mono comes into it.

Arguments: folder of the mock's assemblies, file for what was seen (NPZ). The database is that of ESAPI_BRIDGE_DATABASE.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import numpy as np
import pythonnet


def main() -> None:
    pythonnet.load("mono")
    sys.path.append(sys.argv[1])
    import clr

    # Of pywin32 the client uses this one call, for the apartment of its thread; Mono has no apartments.
    sys.modules["pythoncom"] = cast("ModuleType", SimpleNamespace(CoInitialize=lambda: None))
    # The client was written for pythonnet 2, which found the assembly of the types by itself (PyESAPI issue 26).
    clr.AddReference("VMS.TPS.Common.Model.Types")
    import pyesapi

    seen: dict[str, object] = {}
    app = pyesapi.CustomScriptExecutable.CreateApplication("mock")
    seen["patients"] = [(p.Id, p.LastName, p.FirstName) for p in app.PatientSummaries]
    patient = app.OpenPatientById("PY")
    plan = patient.CoursesLot("C1").PlanSetupsLot("Plan A")
    plan.DoseValuePresentation = pyesapi.DoseValuePresentation.Absolute
    image, dose = plan.StructureSet.Image, plan.Dose
    ptv = plan.StructureSet.StructuresLot("PTV")
    seen["plan"] = [plan.Id, plan.Course.Id, plan.BeamsLot(0).Id, len(list(plan.StructureSet.Structures))]
    seen["image"] = image.np_array_like()
    seen["image_mm"] = image.np_voxel_locations()
    seen["dose"] = dose.np_array_like()
    seen["dose_on_image"] = dose.np_array_like(image)
    seen["dose_mm"] = dose.np_voxel_locations()
    seen["mask_on_image"] = image.np_structure_mask(ptv)
    seen["mask_on_dose"] = dose.np_structure_mask(ptv)
    seen["mask_like"] = ptv.np_mask_like(dose)
    seen["mask_partial"] = ptv.np_mask_like(image, 2)
    histogram = plan.GetDVHCumulativeData(
        ptv, pyesapi.DoseValuePresentation.Absolute, pyesapi.VolumePresentation.Relative, 0.01
    )
    seen["curve"] = [(p.DoseValue.Dose, p.Volume) for p in histogram.CurveData]
    seen["histogram"] = [histogram.Volume, histogram.MeanDose.Dose, histogram.MinDose.Dose, histogram.MaxDose.Dose]

    fluence = np.random.default_rng(8).random((12, 12), np.float32).astype(float)
    patient.BeginModifications()
    beam = plan.BeamsLot("Field 1")
    beam.np_set_fluence(fluence)
    read = beam.GetOptimalFluence()
    seen["fluence"] = fluence
    seen["fluence_pixels"] = pyesapi.to_ndarray(read.GetPixels(), pyesapi.c_int32).view(np.float32).reshape(12, 12)
    seen["fluence_origin"] = [read.XOrigin, read.YOrigin]
    app.SaveModifications()
    app.ClosePatient()
    app.Dispose()
    np.savez(Path(sys.argv[2]), **{name: np.asarray(value) for name, value in seen.items()})  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
