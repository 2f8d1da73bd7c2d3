"""The JSON API under /otp and its OpenAPI document. Imports nothing of pages, forms and sessions."""
