"""The two verbs, send and verify, and all that decides them. It knows nothing of HTTP but who is calling."""
