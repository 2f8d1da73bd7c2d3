"""Sends codes by e-mail and SMS, and handles bounces. Imports nothing of accounts and sign-ins."""
