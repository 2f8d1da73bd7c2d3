"""The API as an OpenAPI document. Imported when it is first requested; nothing else imports it."""
