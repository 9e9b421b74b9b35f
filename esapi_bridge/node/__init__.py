"""A DICOM node: takes exports in by C-STORE, fetches plans by C-FIND and C-MOVE or C-GET, sends doses by C-STORE."""
