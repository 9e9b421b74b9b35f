"""``esapi-bridge ship``: turn a training run into a network that can be installed."""
