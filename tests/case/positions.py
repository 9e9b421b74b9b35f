"""Image Orientation (Patient) (0020,0037) of an axial image by Patient Position (0018,5100).

Written down from the definitions of DICOM PS3.3 C.7.3.1.1.2: seen along the bore, rows run towards the viewer's right
and columns down towards the couch.
"""

IMAGE_ORIENTATION: dict[str, tuple[int, int, int, int, int, int]] = {
    "HFS": (1, 0, 0, 0, 1, 0),
    "HFP": (-1, 0, 0, 0, -1, 0),
    "FFS": (-1, 0, 0, 0, 1, 0),
    "FFP": (1, 0, 0, 0, -1, 0),
    "HFDL": (0, -1, 0, 1, 0, 0),
    "HFDR": (0, 1, 0, -1, 0, 0),
    "FFDL": (0, 1, 0, 1, 0, 0),
    "FFDR": (0, -1, 0, -1, 0, 0),
}
