"""What the calculation process of the mock Eclipse does: what is asked, dose, leaf motions, and the log."""
