"""How a code reaches an address, and what happens to mail that bounces. Knows nothing of accounts and sign-ins."""
