"""What is done with an account: by its owner, and by staff."""
