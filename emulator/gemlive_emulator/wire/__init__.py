"""Messages as types, and bytes to messages and back. Pure: imports pydantic only."""
