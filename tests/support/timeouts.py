"""How long tests wait for what must happen. They go on as soon as it has: the limit only ends what hangs."""

TIMEOUT = 120  # seconds
