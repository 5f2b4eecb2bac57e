"""Conditions are read as RFC 9110 writes them, by one parser for If-Match and If-None-Match."""

import pytest

from openapi.runtime.entity_tags import EntityTag, MalformedEntityTagsError, is_known, matches_strongly, parse


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


@pytest.mark.parametrize(("field", "matches"), [('"1"', True), ('"2", "1"', True), ("*", True), ('W/"1"', False)])
def test_if_match_compares_strongly(field: str, matches: bool) -> None:
    assert matches_strongly(field, "1") is matches


@pytest.mark.parametrize("known", ['"1"', 'W/"1"', '"2", W/"1"', "*"])
@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
def test_if_none_match_compares_weakly(known: str, etag: str) -> None:
    assert is_known(known, etag)


@pytest.mark.parametrize("unknown", [None, '"2"', '"11"', "1", '"2" "1"', "", '"1'])
def test_another_tag_and_a_header_that_cannot_be_read_are_no_condition(unknown: str | None) -> None:
    assert not is_known(unknown, '"1"')
    assert not is_known('"1"', None)
