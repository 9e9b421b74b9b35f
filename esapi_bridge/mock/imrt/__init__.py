"""Clinical-like prostate IMRT plans: fluence optimisation, leaf sequencing, dose and the figures plans are judged by."""
