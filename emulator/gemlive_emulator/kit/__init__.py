"""The test kit: what pytest loads by itself. Only the standard library and pytest are imported with it."""
