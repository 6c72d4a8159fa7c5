"""The HTTP interface of a running emulator, for tests in any language: everything below ``/emulator/v1/``.

An operation is a record (:mod:`~gemlive_emulator.server.control.operations`): its path, what it takes and what it
answers as pydantic models, and a function. Routes and the OpenAPI document are both made of these records, so that they
cannot differ. Who may ask is decided before, in one place (:mod:`~gemlive_emulator.server.control.guard`).
"""
