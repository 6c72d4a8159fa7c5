"""What a test looks at: sessions, their turns, messages and sound, and waiting for what is still to come."""
