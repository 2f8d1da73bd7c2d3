"""How long tests wait for a condition. They continue as soon as it holds; the limit only ends tests that hang."""

TIMEOUT = 120  # seconds
