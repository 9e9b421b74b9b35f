"""Everything that fills a training store, from phantoms or from a clinic's plans."""
