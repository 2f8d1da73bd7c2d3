"""Send a code and verify one, with the limits on both. It knows nothing of HTTP but the caller's address and cookie."""
