"""From value objects to DICOM files."""
