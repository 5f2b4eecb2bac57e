"""Tokenizer of search: words are folded here and not in a database, so that both engines find the same.

Word boundaries are those of UAX 29. Folding follows the collation of searches (UTS 10, section 8): letters that a
language counts as its own stay distinct, and marks that its writers leave out make no difference.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from unicode_segmentation_rs import graphemes, split_word_bounds

# Bound on the words of a query: more narrow it no further, and each costs a look-up in the index.
QUERY_WORDS_MAX: Final = 12
# Hashes by which texts with shingles in common are found.
SKETCH_SIZE: Final = 8
_WORD_MAX: Final = 64
# Characters that a text may have more in its compatible form, before those that stand for more than a few are spaces:
# a line of a hundred of these is read whole.
_MORE_MAX: Final = 2_000
_LONG_FORM: Final = 4

_APOSTROPHE, _HYPHEN, _BREAK = "'", "-", "\u200b"
# Acute accent and Greek marks on their own, which the compatibility form turns into a space with an accent.
_SPACING_APOSTROPHES: Final = re.compile("[\u00b4\u1fbd\u1fbf\u1ffd\u1ffe]")
# Grave accent, quotation marks, primes, and letters of Hawaiian, Hebrew and others that people type as an apostrophe.
_APOSTROPHES: Final = re.compile("[`\u02b9\u02bb-\u02bf\u05f3\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c]")
_MAQAF: Final = "\u05be"
_HYPHENS: Final = re.compile(f"[\u2010\u2011{_MAQAF}]")
_GERSHAYIM: Final = re.compile('(?<=[\u05d0-\u05ea])["\u05f4\u201c\u201d](?=[\u05d0-\u05ea])')
# Middle dots inside a word are removed as apostrophes are: Catalan "l\u00b7l".
_MIDDLE_DOTS: Final = re.compile("(?<=[a-z])[\u00b7\u2027\u30fb](?=[a-z])")
# Non-joiner inside a Persian or Arabic word, where other scripts have a hyphen.
_NON_JOINER: Final = re.compile("(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
# Invisible characters (Default_Ignorable_Code_Point), and the tatweel, which only stretches a word.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_HALVES: Final = re.compile("[\ud800-\udfff]")
_CYRILLIC: Final = "\u0400-\u052f"
_NOT_CYRILLIC: Final = re.compile(f"[^{_CYRILLIC}]+")
# Marks that writers leave out: accents, Hebrew points, Arabic and Syriac vowels, hamza and madda upon alef, the nukta
# of Devanagari. All other marks make another letter or another vowel, and are kept.
_LEFT_OUT: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08ff"
    "\u0730-\u074a\u093c]|(?<=\u0627)[\u0653-\u0655]"
)
# Letters that people write for one another, though no normal form equates them.
_LETTERS: Final = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    # Cyrillic: only the dots of io and the stress of ie and i; short i is a letter.
    | {"\u0451": "\u0435", "\u0450": "\u0435", "\u045d": "\u0438"}
    # Arabic: as Persian and Egyptian keyboards write yeh and kaf; teh marbuta without its dots, alef wasla.
    | {"\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647", "\u0671": "\u0627"}
    # Devanagari: candrabindu as anusvara. Arabic marks of decimals and thousands.
    | {"\u0901": "\u0902", "\u066b": ".", "\u066c": ","}
)
# Words with something beyond ASCII in them, and all that stand side by side.
_WITH_MORE: Final = r"[\x00-\x1f!-\x7f]*+[^\x00-\x7f][^ ]*+"
_BEYOND_ASCII: Final = re.compile(f"(?<![^ ]){_WITH_MORE}(?: {_WITH_MORE})*+")
_DIGIT: Final = re.compile(r"(?![0-9])\d")
# Scripts written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer, kana, Bopomofo, Yi, Han.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u3005-\u3007\u3021-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_STARTS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_BREAK_OF_WORDS: Final = re.compile(f"(?<=[{_UNSPACED}]){_BREAK}|{_BREAK}(?=[{_UNSPACED}])")
# Punctuation that may be part of a word ("H.V.A.C.", "1,234.50", "snake_case"); elsewhere it separates words.
_PARTS: Final = re.compile(r"[-.,:_'\u200b]")
_OUTSIDE: Final = re.compile(r"[^\w \-.,:'\u200b]")
_PLAIN: Final = re.compile("[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
# Only from the beginning of a run, and without a step back: 2,000 letters in a row took a tenth of a second else.
_RUN: Final = r"[^ \-.,:_'\u200b]++"
_COMPOUND: Final = re.compile(rf"(?<![^ \-.,:_'\u200b]){_RUN}(?:[-.,:_'\u200b]{_RUN})++")


def fold(text: str) -> str:
    """Return the text in its compatible form, without case and without what its writers leave out.

    ß is ss and ł is l, an apostrophe joins, and what is invisible is not there.
    """
    return _fold(text).replace(_APOSTROPHE, "").replace(_BREAK, "")


def name_key(text: str) -> str:
    """Return what two spellings of one name have in common: its folded words, or its folded text where it has none."""
    if _PLAIN.fullmatch(text):
        # Most names, which a gazetteer has a hundred thousand of: a twentieth of the time for the same key.
        return text.lower()
    units = _units(_only_words(_fold(text)))
    return " ".join(unit if isinstance(unit, str) else "".join(unit) for unit in units) or fold(text).strip()


def shingles(*texts: str) -> frozenset[str]:
    """Return each two neighbouring words of the texts, whatever their case, accents and punctuation.

    All numbers are one word, so that a copy with other prices has the same; a text of one word has that alone.
    """
    found: set[str] = set()
    for text in texts:
        words = ["0" if word.isdecimal() else word for word in name_key(text).split()]
        found.update(map(" ".join, pairwise(words)) if len(words) > 1 else words)
    return frozenset(found)


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return which part of the shingles of both texts they share, from 0 to 1 (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 0.0


def sketch(of: frozenset[str]) -> list[int]:
    """Return the SKETCH_SIZE smallest hashes of the shingles, signed and of 64 bits, in order (bottom-k MinHash).

    Texts that share half of their shingles share none of these once in 256 times.
    """
    digests = (hashlib.blake2b(shingle.encode(), digest_size=8).digest() for shingle in of)
    return sorted(int.from_bytes(digest, "big", signed=True) for digest in digests)[:SKETCH_SIZE]


def tokenize_document(text: str) -> str:
    """Return the stored form of a text: its words, each followed by a space; a compound also whole and in parts."""
    folded = _only_words(_fold(text))
    words: list[str] = []
    for unit in _units(folded):
        words += [unit] if isinstance(unit, str) else [*unit, *_pairs(unit)]
    seen = set(words)
    for compound in _COMPOUND.findall(folded):
        if not _STARTS_UNSPACED.search(compound):
            parts = _PARTS.split(compound)
            words += [word for word in ("".join(parts), *parts) if word not in seen]
            seen.update(parts, ["".join(parts)])
    return "".join(f"{word[:_WORD_MAX]} " for word in words)


def tokenize_query(text: str) -> tuple[str, ...]:
    """Return the words to look for, each once, up to QUERY_WORDS_MAX; empty when nothing in the text is a word.

    Letters, digits and their marks only: nothing that a query language could take for an operator, quote or wildcard.
    """
    words: list[str] = []
    for unit in _units(_only_words(_BREAK_OF_WORDS.sub(" ", _fold(text)))):
        words += [unit] if isinstance(unit, str) else _pairs(unit) or unit
    return tuple(dict.fromkeys(word[:_WORD_MAX] for word in words))[:QUERY_WORDS_MAX]


def allows_prefix(word: str) -> bool:
    """Return whether the word also stands for longer ones: one letter would stand for a tenth of all words."""
    return len(word) > 1


def end_of_prefix(prefix: str) -> str:
    """Return a text that sorts, by code points, after everything that begins with the prefix."""
    return f"{prefix}\U0010ffff"


def _fold(text: str) -> str:
    """Fold a text, but leave one kind of apostrophe, hyphen and break where its words may have them.

    Nothing is folded across a space, and of ASCII, which most words are of, nothing but its case and one quote.
    """
    if text.isascii():
        return text.lower().replace("`", _APOSTROPHE)
    return _BEYOND_ASCII.sub(lambda found: _fold_unicode(found[0]), text.lower().replace("`", _APOSTROPHE))


def _fold_unicode(text: str) -> str:
    whole = _HALVES.sub(" ", _SPACING_APOSTROPHES.sub(_APOSTROPHE, text))
    # Composed again, because case folding can decompose a character, such as the dotted capital I.
    composed = unicodedata.normalize("NFKC", _compatible(whole).casefold())
    plain = _INVISIBLE.sub("", _NON_JOINER.sub(_BREAK, composed)).translate(_LETTERS)
    apart = _NOT_CYRILLIC.sub(lambda found: unicodedata.normalize("NFD", found[0]), plain)
    bare = unicodedata.normalize("NFC", _LEFT_OUT.sub("", apart)).translate(_LETTERS)
    digits = _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), bare)
    joined = _MIDDLE_DOTS.sub("", _GERSHAYIM.sub("", digits))
    return _HYPHENS.sub(_HYPHEN, _APOSTROPHES.sub(_APOSTROPHE, joined))


def _compatible(text: str) -> str:
    """Return the compatible form; of a crowd of characters that stand for a phrase each, none is read.

    One Arabic ligature stands for 18 characters, so that a text of it would be stored at 18 times its length.
    """
    whole = unicodedata.normalize("NFKC", text)
    if len(whole) <= len(text) + _MORE_MAX:
        return whole
    short = (one if len(unicodedata.normalize("NFKC", one)) <= _LONG_FORM else " " for one in text)
    return unicodedata.normalize("NFKC", "".join(short))


def _only_words(folded: str) -> str:
    """Replace everything outside of words with a space."""
    if folded.isascii():
        return _OUTSIDE.sub(" ", folded)
    return _OUTSIDE.sub(lambda found: found[0] if unicodedata.category(found[0])[0] == "M" else " ", folded)


def _units(words: str) -> Iterator[str | list[str]]:
    """Yield each word by UAX 29; of a script without spaces, each run as the list of its characters."""
    run: list[str] = []
    for segment in split_word_bounds(words.replace(_BREAK, "")):
        parts = [segment] if segment.isalnum() else _within(segment) if len(segment) > 1 else []
        if parts and _STARTS_UNSPACED.match(segment):
            run += [cluster for part in parts for cluster in graphemes(part, is_extended=True)]
            continue
        if run:
            yield run
            run = []
        yield from parts
    if run:
        yield run


def _within(segment: str) -> list[str]:
    """Return the words of one segment: UAX 29 keeps "taps.Sinks" together as it does "H.V.A.C." and "1,234.50"."""
    parts = [part for part in re.split(r"[.,:_]", segment.replace(_APOSTROPHE, "")) if any(map(str.isalnum, part))]
    whole = all(part.isdecimal() for part in parts) or all(len(part) == 1 for part in parts)
    return ["".join(parts)] if parts and whole else parts


def _pairs(run: list[str]) -> list[str]:
    """Return each two neighbours: a reader tells words apart there, and a pair says nearly as much as a word."""
    return [first + second for first, second in pairwise(run)]
