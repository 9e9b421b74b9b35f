"""The planning system of this project: phantoms, beam models, dose engines, IMRT plans, leaf motions, DICOM export."""
