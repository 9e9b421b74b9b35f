"""``esapi-bridge train``: train a network, or go on training it."""
