"""Texts in the forms in which they are compared: how they are spelled does not count."""

_CLOSING_SIGNS = " .!?,;:…。！？"  # noqa: RUF001 - the full-width signs are meant
_SAME = {0x131: "i", 0x307: None}


def folded(text: str) -> str:
    """A text in one case, with single blanks."""
    return " ".join(text.casefold().split())


def unsigned(text: str) -> str:
    """A folded text without the signs at its end; a text of nothing but signs keeps them."""
    whole = folded(text)
    return whole.rstrip(_CLOSING_SIGNS) or whole


def levelled(folded: str) -> str:
    """A folded text in which whatever ignoring case takes for the same letter is the same.

    Casefolding does all of it but for the Turkish i: ``re`` takes all four for the same when it ignores case, and a
    large one with a dot folds to an ``i`` and a dot of its own.
    """
    return folded if folded.isascii() else folded.translate(_SAME)
