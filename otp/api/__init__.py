"""The JSON API under /otp and its OpenAPI document. Imports nothing of `pages`, and uses no cookies."""
