"""``esapi-bridge mock``: export plans and run scripts without Eclipse."""
