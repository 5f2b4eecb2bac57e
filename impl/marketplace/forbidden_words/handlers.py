"""Handlers of the list of forbidden words."""

from typing import Final, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.forbidden_words import (
    AbstractForbiddenWordsHandlers,
    CreateForbiddenWordCreated,
    DeleteForbiddenWordNoContent,
    GetForbiddenWordOk,
    ListForbiddenWordsOk,
    ReplaceForbiddenWordOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import etag
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.hints.service import WordRow
from impl.marketplace.forbidden_words.service import ForbiddenWordsService

_SCOPE: Final = "listForbiddenWords"


def _word(row: WordRow) -> replies.ForbiddenWord:
    return {
        "id": row["id"],
        "word": row["word"],
        "note": row["note"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _added(row: WordRow) -> Moment:
    return row["created_at"], row["id"]


def _serialize_created(row: WordRow) -> CreateForbiddenWordCreated:
    location = policies.GET_FORBIDDEN_WORD.path.format(word_id=row["id"])
    return CreateForbiddenWordCreated(_word(row), location=location, etag=etag(row["version"]))


class ForbiddenWordsHandlers(AbstractForbiddenWordsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ForbiddenWordsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_forbidden_words(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListForbiddenWordsOk:
        page = await self._service.page(after=self._cursors.decode_moment(cursor, scope=_SCOPE), limit=limit)
        total = await self._service.count() if include_total else None
        return ListForbiddenWordsOk(
            {
                "items": [_word(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _added, scope=_SCOPE),
                **capped(total),
            }
        )

    @override
    async def create_forbidden_word(
        self, caller: Caller, *, body: models.ForbiddenWordCreate
    ) -> CreateForbiddenWordCreated:
        return await self._service.create(caller, body.word, body.note, _serialize_created)

    @override
    async def get_forbidden_word(self, caller: Caller, *, word_id: UUID) -> GetForbiddenWordOk:
        row = await self._service.get(word_id)
        return GetForbiddenWordOk(_word(row), etag=etag(row["version"]))

    @override
    async def replace_forbidden_word(
        self, caller: Caller, *, word_id: UUID, if_match: str | None, body: models.ForbiddenWordReplace
    ) -> ReplaceForbiddenWordOk:
        row = await self._service.replace(caller, word_id, body.word, body.note, if_match=if_match)
        return ReplaceForbiddenWordOk(_word(row), etag=etag(row["version"]))

    @override
    async def delete_forbidden_word(
        self, caller: Caller, *, word_id: UUID, if_match: str | None
    ) -> DeleteForbiddenWordNoContent:
        await self._service.delete(caller, word_id, if_match=if_match)
        return DeleteForbiddenWordNoContent()
