"""Which characters a contract can hold: those that the fonts inside Typst have, upright, bold and slanted.

What has no glyph would be a hollow box on paper, so it is refused by name of its field; so is what has no shape at all
(control, zero width, direction marks), with which a contract could read otherwise than it is. Latin, Greek and Cyrillic
are there but for some rare letters that the slanted bold font puts together of two (a reader of the PDF would find them
twice); emoji and East Asian scripts are not. A test holds the table against the fonts.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_RANGES: Final = (
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),  # 00AD is the soft hyphen: it comes and goes
    (0x00AE, 0x017F),
    (0x0218, 0x021B),
    (0x0391, 0x03A1),
    (0x03A3, 0x03CE),
    (0x0401, 0x040C),
    (0x040F, 0x044F),
    (0x0451, 0x045C),
    (0x045E, 0x045F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x202F, 0x2030),
)
_SINGLE: Final = "₡₢₣₤₦₧₨₩₪₫€₱₲₿′″‹›№℠™⅓⅔⅛←↑→↓−≠≤≥⁄"

REPERTOIRE: Final = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1)) | set(_SINGLE)


def composed(text: str) -> str:
    """Letters and their accents as one (NFC), line breaks as `\\n`, tabs as blanks."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\t", " ")


def supported(text: str) -> bool:
    """Of a text as `composed` gives it."""
    return REPERTOIRE.issuperset(text.replace("\n", ""))
