"""The JSON API under /otp, and its OpenAPI document. Knows nothing of pages, forms and sessions."""
