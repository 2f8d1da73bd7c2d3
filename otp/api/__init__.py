"""The JSON API: POST /otp and what belongs to it. It knows nothing of pages, forms or sessions."""
