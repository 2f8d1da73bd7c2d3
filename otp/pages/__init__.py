"""The HTML pages: signing in, and one's account. It knows nothing of the JSON API."""
