"""Sockets, HTTP, TLS, clock, processes: the only place with I/O."""
