"""Faults of the line between server and client: how they are written, when they strike, and what they do. Pure."""
