"""Django's admin on DynamoDB: lists, details and actions for staff. Nothing is edited by hand."""
