"""Signing in: sending a code and verifying one, and all that decides either. Of HTTP it knows only who is calling."""
