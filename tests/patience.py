"""How long a test waits for what must happen. It goes on as soon as that has happened: the limit only ends what hangs."""

PATIENCE = 120  # seconds
