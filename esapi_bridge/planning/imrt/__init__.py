"""Clinical-like prostate IMRT plans: fluence optimisation, leaf sequencing, dose and quality."""
