"""From DICOM files to value objects."""
