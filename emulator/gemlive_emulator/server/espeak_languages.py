"""Which of espeak-ng's languages speaks a text. Pure."""

import unicodedata
from collections import Counter

_FALLBACK = "en-us"
_NAMES = {
    "zh": "cmn",
    "zh-hk": "yue",
    "zh-tw": "cmn",
    "no": "nb",
    "iw": "he",
    "in": "id",
    "es-mx": "es-419",
    "es-us": "es-419",
}
"""Where espeak-ng 1.52 names a language otherwise than Google does."""

_SCRIPTS = {
    "CJK": "cmn",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "THAI": "th",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
    "MYANMAR": "my",
}
"""The first word of a letter's Unicode name, and the language with most speakers that is written so."""


def languages_for(text: str, language: str) -> list[str]:
    """espeak-ng's names to try, best first; the last is always there.

    Args:
        text: what is to be said. Native-audio models choose their language by what is said, so a text in a script
            that English is not written in overrides no language, and English.
        language: BCP-47, or ``""``.
    """
    asked = language.lower().replace("_", "-")
    base = asked.partition("-")[0]
    names = [asked, base]
    if base in ("", "en"):
        names.insert(0, _language_of_script(text))
    known = [_NAMES.get(name, name) for name in names if name]
    return list(dict.fromkeys([*known, _FALLBACK]))


def _language_of_script(text: str) -> str:
    """The language that most letters of the text speak for; ``""`` if that is Latin or unknown."""
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        return "ja"
    for script, _count in scripts.most_common(1):
        return _SCRIPTS.get(script, "")
    return ""
