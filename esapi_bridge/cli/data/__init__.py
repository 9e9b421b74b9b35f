"""``esapi-bridge data``: make what the networks learn from."""
