"""Real values for the fuzzer: forbidden words."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, any_version, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.forbidden_words.successes import word_of


async def _word(seeds: Seeds) -> Item:
    return {"id": await word_of(seeds.stage)}


_WORDS = Pool("forbidden_words", _word, lasting=4)
_TO_DELETE = Pool("forbidden_words_to_delete", _word)

_endings = product(ascii_lowercase, repeat=3)


def _another_word(case: Case, _: Pools) -> None:
    """Choose a word that is not on the list: the same few come up for all of them."""
    merge(case, word=f"fuzzed{''.join(next(_endings))}")


FUZZING = Fuzzing(
    pools=[_WORDS, _TO_DELETE],
    fills={
        "getForbiddenWord": [lasting_id(_WORDS, "word_id")],
        "replaceForbiddenWord": [lasting_id(_WORDS, "word_id"), any_version, _another_word],
        "deleteForbiddenWord": [single_id(_TO_DELETE, "word_id"), any_version],
    },
    # A word that is much longer when its letters are written out.
    rules={"createForbiddenWord": {"validation-failed"}, "replaceForbiddenWord": {"validation-failed"}},
)
