"""A dose network measured on a clinic's own reference doses, against limits, for its approval."""
