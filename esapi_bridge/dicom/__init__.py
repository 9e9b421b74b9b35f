"""Exported plan sets in; RT Dose, RT Plan copies and fluence files out."""

from esapi_bridge.dicom.identity import installation_key, key_of_run
from esapi_bridge.dicom.index.find import find_plans, kept_index
from esapi_bridge.dicom.index.found import Found, FoundPlan
from esapi_bridge.dicom.optimal_fluence import read_optimal_fluence, write_optimal_fluence
from esapi_bridge.dicom.read.aside import LeftAside
from esapi_bridge.dicom.read.ct import Scanner
from esapi_bridge.dicom.read.dose_files import DoseFile, find_doses
from esapi_bridge.dicom.read.dose_identity import (
    DoseIdentity,
    read_identity,
    read_owned_dose,
    require_comparable,
    require_one_patient,
)
from esapi_bridge.dicom.read.export import Export, PlanSummary, list_plans, read_ct_folder, read_export
from esapi_bridge.dicom.read.facts import PlanFacts, Registration, read_plan_facts, read_registrations
from esapi_bridge.dicom.read.paired import ExportedImage, StatedOfDoses, paired_exports
from esapi_bridge.dicom.read.rtdose import read_rtdose
from esapi_bridge.dicom.read.scan import REFERENCE_FOLDER, ExportFiles
from esapi_bridge.dicom.read.summary import FileSummary, describe_file
from esapi_bridge.dicom.results import NETWORK_DOSE
from esapi_bridge.dicom.write.ct import write_ct_series
from esapi_bridge.dicom.write.export import write_export, write_further_plan
from esapi_bridge.dicom.write.rtdose import write_rtdose
from esapi_bridge.dicom.write.rtplan import write_rtplan
from esapi_bridge.dicom.write.rtplan_copy import write_rtplan_copy
from esapi_bridge.dicom.write.rtstruct import write_rtstruct

__all__ = [
    "NETWORK_DOSE",
    "REFERENCE_FOLDER",
    "DoseFile",
    "DoseIdentity",
    "Export",
    "ExportFiles",
    "ExportedImage",
    "FileSummary",
    "Found",
    "FoundPlan",
    "LeftAside",
    "PlanFacts",
    "PlanSummary",
    "Registration",
    "Scanner",
    "StatedOfDoses",
    "describe_file",
    "find_doses",
    "find_plans",
    "installation_key",
    "kept_index",
    "key_of_run",
    "list_plans",
    "paired_exports",
    "read_ct_folder",
    "read_export",
    "read_identity",
    "read_optimal_fluence",
    "read_owned_dose",
    "read_plan_facts",
    "read_registrations",
    "read_rtdose",
    "require_comparable",
    "require_one_patient",
    "write_ct_series",
    "write_export",
    "write_further_plan",
    "write_optimal_fluence",
    "write_rtdose",
    "write_rtplan",
    "write_rtplan_copy",
    "write_rtstruct",
]
