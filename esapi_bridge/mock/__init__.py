"""The planning system to learn from: phantoms, a beam model, two dose engines and DICOM exports."""
