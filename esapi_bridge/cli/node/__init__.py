"""``esapi-bridge node``: plans in and doses out by DICOM's network protocol."""
