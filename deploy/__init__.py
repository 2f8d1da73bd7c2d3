"""What carries the site to AWS: packaging, provisioning, and what `make deploy` does. None of it runs there."""
