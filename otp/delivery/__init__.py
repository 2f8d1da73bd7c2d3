"""How a code reaches an address, and what comes back. It knows nothing of who signs in."""
