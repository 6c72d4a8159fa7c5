"""Where sessions are kept: in memory, in a SQLite file, or in a Redis server that several emulators share."""
