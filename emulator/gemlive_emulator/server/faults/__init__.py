"""Faults at work: between a session and its socket. While there are none, only the book of them is loaded."""
