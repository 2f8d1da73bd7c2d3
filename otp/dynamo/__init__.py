"""A small Django model layer for DynamoDB. Start with the README beside this file."""
