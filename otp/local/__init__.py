"""Local mode, for development and tests: an embedded AWS, an inbox, and the command that starts the site with both."""
