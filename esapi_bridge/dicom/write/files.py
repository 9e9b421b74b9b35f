"""Saving DICOM files: whole or not at all, with an empty preamble."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ImplicitVRLittleEndian

from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.durable import whole_file

IMPLEMENTATION_UID = UID("2.25.148166037812571913434836917106216341137")
IMPLEMENTATION_NAME = "ESAPI_BRIDGE"


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set as a DICOM file through a temporary file beside it.

    The syntax is implicit VR little endian, which every system must accept.

    The 128-byte preamble is zero: it can make a DICOM file run as a program.

    Raises
    ------
    BridgeError
        If a file of that name exists, or the disk refuses.
    """
    if path.exists():
        raise BridgeError(
            f"the {dataset.Modality} file to be written must not exist yet, found one: "
            "remove it or choose another folder"
        )
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = IMPLEMENTATION_NAME
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    try:
        with whole_file(path) as stream:
            dcmwrite(stream, dataset, enforce_file_format=True)
    except OSError as error:
        raise BridgeError(
            f"could not write the {dataset.Modality} file: {os_reason(error)}; free space or choose another place"
        ) from error
    return path
