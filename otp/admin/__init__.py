"""The stock Django admin on DynamoDB."""
