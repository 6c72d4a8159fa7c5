"""Faults at work: between a session and its socket. Nothing here is loaded while there are none."""
