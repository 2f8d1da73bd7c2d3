"""Packages the site, provisions AWS and deploys. None of this runs on AWS."""
