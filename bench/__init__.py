"""`make bench`: what a sign-in costs. Each figure is a ratio or a count; contestants are measured side by side."""
