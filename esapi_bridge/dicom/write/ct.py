"""Write a CT volume as a series of CT Images (DICOM PS3.3 A.3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from esapi_bridge.case import PatientPosition, Volume
from esapi_bridge.case.orientation import axes_of_position, reindex
from esapi_bridge.dicom.uids import derived_uid
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.modules import Series, ds, new_object

RESCALE_INTERCEPT_HU = -1024
"""HU of stored value 0, unless the volume goes lower."""


def write_ct_series(
    ct: Volume,
    patient: Dataset,
    folder: Path,
    *,
    patient_position: PatientPosition,
    series_uid: str,
    frame_of_reference: str,
) -> list[Dataset]:
    """Write one file ``CT.<uid>.dcm`` per slice, HU rounded to whole numbers.

    Parameters
    ----------
    ct
        CT in HU; described with the index axes of `patient_position` before writing, nothing is resampled.
    patient
        Data set whose Patient and Study modules are copied.
    folder
        Where the files go; must exist.
    patient_position, series_uid, frame_of_reference
        Attributes of the series.

    Returns
    -------
    list of Dataset
        The slices in file order along the slice normal.

    Raises
    ------
    BridgeError
        If the volume is oblique to the patient axes, spans more than 16 bits, or a file exists.
    """
    volume = reindex(ct, axes_of_position(patient_position))
    grid = volume.grid
    intercept = min(RESCALE_INTERCEPT_HU, int(np.floor(volume.values.min())))
    stored = np.clip(np.rint(volume.values) - intercept, 0, 65535).astype("<u2")
    slices = []
    for k in range(grid.size[2]):
        instance_uid = derived_uid(series_uid, "slice", str(k))
        target = new_object(patient, CTImageStorage, instance_uid, Series("CT", series_uid, "CT", 2), k + 1)
        position = grid.to_patient((0, 0, k))
        target.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        target.ContentDate, target.ContentTime = target.InstanceCreationDate, target.InstanceCreationTime
        target.AcquisitionNumber = 1
        target.PatientPosition = patient_position.value
        target.Laterality = target.PatientOrientation = None
        target.FrameOfReferenceUID = frame_of_reference
        target.PositionReferenceIndicator = None
        target.ImagePositionPatient = [ds(value) for value in position]
        target.ImageOrientationPatient = [ds(value) for value in grid.axes.T.ravel()[:6]]
        target.PixelSpacing = [ds(grid.spacing_mm[1]), ds(grid.spacing_mm[0])]
        target.SliceThickness = ds(grid.spacing_mm[2])
        target.KVP = None
        target.SamplesPerPixel = 1
        target.PhotometricInterpretation = "MONOCHROME2"
        target.Rows, target.Columns = grid.size[1], grid.size[0]
        target.BitsAllocated = target.BitsStored = 16
        target.HighBit = 15
        target.PixelRepresentation = 0
        target.RescaleIntercept = ds(intercept)
        target.RescaleSlope = ds(1)
        target.RescaleType = "HU"
        target.PixelData = stored[k].tobytes()
        target["PixelData"].VR = "OW"
        save(target, folder / f"CT.{target.SOPInstanceUID}.dcm")
        del target.PixelData
        slices.append(target)
    return slices
