"""How the beam models were made: kernel Monte Carlo, fits to published beam data, validation."""
