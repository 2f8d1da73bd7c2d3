"""The log in figures. Nothing on the way of a sign-in imports it."""
