"""Ids in the forms of the real server, from a seed: the core has no randomness of its own."""

import base64
import uuid
from hashlib import blake2b
from string import ascii_lowercase, digits

_LETTERS = ascii_lowercase + digits


class Names:
    """Makes every id that a session hands out.

    Args:
        seed: the same seed gives the same names; servers that face strangers pass 128 random bits or more.
    """

    def __init__(self, seed: int | bytes) -> None:
        # A counter and a hash: the state of the standard library's generator is 2.5 KiB, a tenth of an idle session.
        self._seed = seed if isinstance(seed, bytes) else str(seed).encode()
        self._made = 0

    def uuid(self) -> str:
        """A version 4 UUID (Vertex session ids, handles of 3.x)."""
        return str(uuid.UUID(int=self._below(1 << 128), version=4))

    def fraction(self) -> float:
        """From 0 up to, but not including, 1."""
        return self._below(1 << 53) / (1 << 53)

    def tool_id(self, form: str) -> str:
        """The id of a tool call (recorded: ``function-call-`` or ``fc_`` and 19 digits, ``call_`` and some, a UUID)."""
        if form == "uuid":
            return self.uuid()
        number = 10**18 + self._below(9 * 10**18)
        return {"function-call": f"function-call-{number}", "fc": f"fc_{number}", "call": f"call_{number}"}[form]

    def opaque_handle(self) -> str:
        """56 characters that begin with ``Cih`` (handles of 2.x; the log of the JS notebook)."""
        word, lot = "", self._below(len(_LETTERS) ** 40)
        for _ in range(39):
            lot, letter = divmod(lot, len(_LETTERS))
            word += _LETTERS[letter]
        first = ascii_lowercase[lot * len(ascii_lowercase) // len(_LETTERS)]
        return base64.b64encode(b"\n(" + (first + word).encode()).decode()

    def _below(self, limit: int) -> int:
        """A whole number from 0 on, as good as even for limits up to 2**256."""
        self._made += 1
        lot = blake2b(b"%d/%b" % (self._made, self._seed)).digest()
        return int.from_bytes(lot) * limit >> 512
