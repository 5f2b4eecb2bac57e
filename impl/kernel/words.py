"""Words as search knows them: folded here and not in a database, so that both engines find the same."""

import re
import unicodedata
from itertools import filterfalse
from typing import Final

# More would only narrow what a dozen has narrowed already, and each costs a look into the index.
QUERY_WORDS_MAX: Final = 12
_WORD_MAX: Final = 64

# Letters that are no base letter with a mark, so that no normal form takes them apart.
_PLAIN: Final = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)
# Typewriter's, grave, single quotation marks, and the letter that some keyboards write.
_APOSTROPHES: Final = re.compile("['`\u2018\u2019\u02bc]")
_WORD: Final = re.compile(r"[^\W_]+")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)+")
_HYPHENS: Final = re.compile(r"[-\u2010]")


def fold(text: str) -> str:
    """Compatible forms made alike, without case and marks; ß is ss, ł is l, and an apostrophe joins."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    # Folding the case can bring marks back, of the dotted capital I for one.
    plain = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", apart)))
    return _APOSTROPHES.sub("", plain.translate(_PLAIN))


def tokenize_document(text: str) -> str:
    """What is stored of a text: its words in order, each followed by a space; a compound also as one word."""
    folded = fold(text)
    words = _WORD.findall(folded)
    words += [_HYPHENS.sub("", compound) for compound in _COMPOUND.findall(folded)]
    return "".join(f"{word[:_WORD_MAX]} " for word in words)


def tokenize_query(text: str) -> tuple[str, ...]:
    """The words to look for, each once, up to QUERY_WORDS_MAX; empty when nothing in the text is a word.

    Letters and digits only: nothing that any query language could take for an operator, a quote or a wildcard.
    """
    words = dict.fromkeys(word[:_WORD_MAX] for word in _WORD.findall(fold(text)))
    return tuple(words)[:QUERY_WORDS_MAX]


def allows_prefix(word: str) -> bool:
    """Whether the word also stands for longer ones: one letter would stand for a tenth of all words."""
    return len(word) > 1
