"""The calculation process of the mock Eclipse: request, dose, leaf motions, log."""
