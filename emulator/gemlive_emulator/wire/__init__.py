"""Messages as types, and bytes to messages and back. Pure: imports nothing else."""
