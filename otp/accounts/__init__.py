"""Actions on accounts: by their owners, and by staff."""
