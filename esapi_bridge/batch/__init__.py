"""A task on every plan of a folder: resumed where it was stopped, summed up on one page."""
