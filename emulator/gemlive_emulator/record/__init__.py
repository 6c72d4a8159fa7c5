"""Recordings of sessions: made by a proxy, played again, and turned into scenarios (``docs/recording.md``)."""
