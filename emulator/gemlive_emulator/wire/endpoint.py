"""Where a client knocked: back-end, API version and credential, as told by the upgrade request."""

from dataclasses import field
from enum import StrEnum

from gemlive_emulator.records import dataclass


class Backend(StrEnum):
    """The two services that speak BidiGenerateContent; they name usage fields and models differently."""

    GEMINI = "gemini"
    VERTEX = "vertex"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The upgrade request as far as the protocol cares.

    Attributes:
        backend: told by the path; ``None`` for an unknown path, then the model name in ``setup`` decides.
        api_version: ``v1``, ``v1alpha``, ``v1beta``, ``v1beta1``; ``v1beta`` for an unknown path.
        constrained: the path was ``...BidiGenerateContentConstrained`` (ephemeral tokens).
        music: the path was ``...BidiGenerateMusic``, another service that the caller has to refuse.
        key: the API key, token or bearer that was given, however it came; ``""`` if none. Not in ``repr``.
        query: other query parameters of the URL, last value wins.
        connection: the number of the connection at this emulator, from 1.
        path: of the URL as it was asked for, without the query.
    """

    backend: Backend | None = Backend.GEMINI
    api_version: str = "v1beta"
    constrained: bool = False
    music: bool = False
    key: str = field(default="", repr=False)
    query: dict[str, str] = field(default_factory=dict)
    connection: int = 1
    path: str = field(default="", compare=False)
