"""What a checkout has and a deployment hasn't: AWS within this process, an inbox, and one command for both."""
