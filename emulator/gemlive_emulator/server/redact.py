"""The one place where keys are taken out of what is logged, recorded or reported, and client text is made harmless."""

import json
import logging
import re

MASK = "..."
SHOWN = 4
"""How many characters of a secret stay, so that two keys can be told apart."""
SHORTEST_SHOWN = 8
"""A secret that is shorter than this is hidden altogether."""
QUOTED_AT_MOST = 200
LOGGED_AT_MOST = 4_000
"""Characters of a log line: what a client sends may be megabytes long, and a warning quotes it."""


def _however_spelled(name: str) -> str:
    """A pattern for a name of a query, of whose letters each may be percent-encoded: servers read it all the same."""
    return "".join(f"(?:{letter}|%{ord(letter):02x}|%{ord(letter.upper()):02x})" for letter in name)


_SECRET_NAMES = "|".join(map(_however_spelled, ("apikey", "api_key", "key", "access_token")))
_VALUE = r"[^\s\"'&,;<>)\]}\\]+"
_SECRETS = (
    # Google's API keys, OAuth access tokens and ephemeral tokens, wherever they stand.
    re.compile(
        r"(?P<before>)(?P<secret>\b(?:AIza[0-9A-Za-z_-]{10,}|ya29\.[0-9A-Za-z._-]{6,}|auth_tokens/[0-9A-Za-z._~+/=-]+))"
    ),
    # ?key=..., &access_token=... and the same in a form body or a message.
    re.compile(rf"(?i)(?P<before>(?<!\w)(?:{_SECRET_NAMES})=)(?P<secret>{_VALUE})"),
    # Headers as they stand in a head, in a dict, in a list of pairs, of text or bytes.
    re.compile(
        r"(?i)(?P<before>\b(?:x-goog-api-key|authorization)\b[\"']?\s*[:=,]\s*(?:b(?=[\"']))?[\"']?(?:(?:bearer|token|basic)\s+)?)"
        rf"(?P<secret>{_VALUE})"
    ),
    re.compile(rf"(?i)(?P<before>\b(?:bearer|token)\s+)(?P<secret>(?=[^\s]*[0-9._-]){_VALUE})"),
)
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def mask(secret: str) -> str:
    """The last four characters of a secret behind dots; only dots if it is shorter than eight."""
    if secret.startswith(MASK):
        return secret
    return MASK + (secret[-SHOWN:] if len(secret) >= SHORTEST_SHOWN else "")


def redact(text: str) -> str:
    """Text with every key, token and credential in it masked. Doing it twice changes nothing more."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda found: found["before"] + mask(found["secret"]), text)
    return text


def quote(text: str, at_most: int = QUOTED_AT_MOST) -> str:
    """A client's words for a log line: redacted, cut, and quoted as ASCII JSON, so that they cannot forge a line."""
    return json.dumps(_cut(redact(text), at_most))


def clean(text: str) -> str:
    """One line without keys: no control characters (line ends and terminal escapes too), no odd directions."""
    # In this order, for a key that is broken by a control character is still one.
    return redact(_UNPRINTABLE.sub("", text))


def clean_lines(text: str) -> str:
    """Several lines without keys, as of a traceback; each is indented, so that none looks like a log line."""
    return "\n".join("  | " + clean(line) for line in text.splitlines())


class RedactingFilter(logging.Filter):
    """Makes each record harmless and short before any handler, ours or a test runner's, sees it. Drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message and, where there is one, the traceback's text."""
        # Twice as much is cleaned as is shown, so that no part of a key is left at the cut.
        record.msg, record.args = _cut(clean(_message(record)[: 2 * LOGGED_AT_MOST]), LOGGED_AT_MOST), None
        if record.exc_info and not record.exc_text:
            record.exc_text = clean_lines(_PLAIN.formatException(record.exc_info))
        # Kept, exc_info would be formatted anew by handlers that do not look at exc_text.
        record.exc_info = None
        if record.stack_info:
            record.stack_info = clean_lines(record.stack_info)
        return True


class RedactingFormatter(logging.Formatter):
    """The last guard, for a handler that takes records of other libraries too."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record; its first line is one line, whatever it quotes."""
        first, *rest = super().format(record).split("\n")
        return "\n".join([clean(first), *("  | " + clean(line).removeprefix("  | ") for line in rest)])


_PLAIN = logging.Formatter()


def _cut(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[:at_most] + MASK


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


def redacting_logger(name: str) -> logging.Logger:
    """The logger ``gemlive_emulator.<name>``, whose records are redacted at the source."""
    logger = logging.getLogger(f"gemlive_emulator.{name}")
    if not any(isinstance(present, RedactingFilter) for present in logger.filters):
        logger.addFilter(RedactingFilter())
    return logger


def protocol_logger() -> logging.Logger:
    """A logger to hand to a protocol library in place of its own.

    ``websockets`` and ``uvicorn`` log a traceback for each bad handshake and each lost connection, and at DEBUG the
    whole request with its key. This one passes errors only (an exception in our own code), redacted, and it is ours: an
    application that uses those libraries in the same process keeps its own.
    """
    logger = redacting_logger("protocol")
    logger.setLevel(logging.ERROR)
    return logger
