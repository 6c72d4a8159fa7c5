"""What a program of a transparent emulator loads before its own code: this folder stands on its ``PYTHONPATH``.

The files run in other people's interpreters: any Python since 3.8, by its syntax, with nothing of this package
installed. They import nothing of it, and nothing of the standard library that the program has not asked for.
"""
