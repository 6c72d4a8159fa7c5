"""Benchmarks of the emulator beside a bare ``websockets`` server: ``python -m benchmarks``. See ``README.md``."""
