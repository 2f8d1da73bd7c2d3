"""The API's contract as an OpenAPI document. Imported when it is first asked for."""
