"""The core without a socket, for tests."""
