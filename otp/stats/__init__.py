"""Figures from the sign-in log. A sign-in doesn't import this package."""
