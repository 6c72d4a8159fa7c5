"""Ids in the forms of the real server, from a seed: the core has no randomness of its own."""

import base64
import random
import uuid
from string import ascii_lowercase, digits


class Names:
    """Makes every id that a session hands out.

    Args:
        seed: the same seed gives the same names; servers that face strangers pass 128 random bits or more.
    """

    def __init__(self, seed: int | bytes) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """A version 4 UUID (Vertex session ids, handles of 3.x)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def fraction(self) -> float:
        """From 0 up to, but not including, 1."""
        return self._random.random()

    def tool_id(self, form: str) -> str:
        """The id of a tool call (recorded: ``function-call-`` or ``fc_`` and 19 digits, ``call_`` and some, a UUID)."""
        if form == "uuid":
            return self.uuid()
        number = self._random.randrange(10**18, 10**19)
        return {"function-call": f"function-call-{number}", "fc": f"fc_{number}", "call": f"call_{number}"}[form]

    def opaque_handle(self) -> str:
        """56 characters that begin with ``Cih`` (handles of 2.x; the log of the JS notebook)."""
        word = self._random.choice(ascii_lowercase) + "".join(self._random.choices(ascii_lowercase + digits, k=39))
        return base64.b64encode(b"\n(" + word.encode()).decode()
