"""The HTML page of a dose run and its figures."""
