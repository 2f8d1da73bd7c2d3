"""The HTML pages: signing in, and the account page. Knows nothing of the JSON API."""
