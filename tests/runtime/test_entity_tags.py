"""Conditions are read as RFC 9110 writes them, by one parser for If-Match and If-None-Match."""

import pytest

from openapi.runtime.entity_tags import EntityTag, MalformedEntityTagsError, is_known, matches, parse


@pytest.mark.parametrize(
    ("field", "tags"),
    [
        ('"1"', (EntityTag("1"),)),
        ('W/"1"', (EntityTag("1", weak=True),)),
        (' "a,b" ,\t"" ', (EntityTag("a,b"), EntityTag(""))),
        (', ,"1",', (EntityTag("1"),)),
        ('"\x80"', (EntityTag("\x80"),)),
        ("*", None),
        (" * ", None),
    ],
)
def test_a_list_of_tags_is_read_in_its_order(field: str, tags: tuple[EntityTag, ...] | None) -> None:
    assert parse(field) == tags


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("", "names no entity tag"),
        (", ,", "names no entity tag"),
        ("1", "is not a list"),
        ('w/"1"', "is not a list"),
        ('"1" "2"', "is not a list"),
        ('"1", *', "is not a list"),
        ('"a b"', "is not a list"),
        ('"1",' * 600, "is too long"),
    ],
)
def test_what_is_no_list_of_tags_is_refused_and_not_quoted(field: str, says: str) -> None:
    with pytest.raises(MalformedEntityTagsError, match=says):
        parse(field)


def test_a_tag_prints_as_it_is_sent() -> None:
    assert (str(EntityTag("1")), str(EntityTag("1", weak=True))) == ('"1"', 'W/"1"')


@pytest.mark.parametrize(
    ("field", "is_met"),
    [
        ('"1"', True),
        ('"2", "1"', True),
        ("*", True),
        ('W/"1"', True),
        ('"1-gzip"', True),
        ('W/"1-gzip"', True),
        ('"1-br"', True),
        ('"1-other"', False),
        ('"11"', False),
        ('W/"2-gzip"', False),
    ],
)
def test_if_match_takes_what_a_compressing_proxy_makes_of_our_validator(field: str, is_met: bool) -> None:
    assert matches(field, "1") is is_met


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"2", W/"1"', '"1-gzip"', 'W/"1-br"', "*"])
@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
def test_if_none_match_compares_weakly(known: str, etag: str) -> None:
    assert is_known(known, etag)


@pytest.mark.parametrize("unknown", [None, '"2"', '"11"', "1", '"2" "1"', "", '"1'])
def test_another_tag_and_a_header_that_cannot_be_read_are_no_condition(unknown: str | None) -> None:
    assert not is_known(unknown, '"1"')
    assert not is_known('"1"', None)
