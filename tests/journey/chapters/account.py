"""Chapters of the homeowner's account: the profile, the tokens, a forgotten password, signing out."""

from __future__ import annotations

from tests.journey.cast import Story


def change_the_profile(story: Story) -> None:
    story.teller.chapter("Homer changes his profile")
    account = story.teller.done("Homer reads his account", 200, "GET /users/me", by=story.homer)
    version = {"If-Match": account.headers["ETag"]}
    changed = story.teller.done(
        "Homer gives his phone number",
        200,
        "PATCH /users/me",
        by=story.homer,
        json={"phone": "+15035550142"},
        headers=version,
    )
    story.teller.expect(changed.json()["phone"] == "+15035550142", "the phone number is kept")
    story.teller.refused(
        "his other tab still holds the old version",
        412,
        "precondition-failed",
        "PATCH /users/me",
        by=story.homer,
        json={"phone": None},
        headers=version,
    )
    story.teller.refused(
        "making himself an administrator",
        422,
        "validation-failed",
        "PATCH /users/me",
        by=story.homer,
        json={"roles": ["STAFF_ADMIN"]},
    )


def refresh(story: Story) -> None:
    story.teller.chapter("Homer's tokens are refreshed")
    first = story.homer.tokens["refresh_token"]
    for words in ("Homer's client refreshes its tokens", "and once more, later"):
        body = {"refresh_token": story.homer.tokens["refresh_token"]}
        pair = story.teller.done(words, 200, "POST /auth/refresh", json=body).json()
        story.homer.tokens = pair
    story.teller.done("the new access token is good", 200, "GET /auth/me", by=story.homer)
    story.teller.refused(
        "somebody presents a refresh token of long ago",
        401,
        "invalid-refresh-token",
        "POST /auth/refresh",
        json={"refresh_token": first},
    )
    story.teller.refused(
        "which ended the session, as it may have been stolen", 401, "invalid-token", "GET /auth/me", by=story.homer
    )
    story.teller.sign_in("Homer logs in again", story.homer)


def reset_the_password(story: Story) -> None:
    story.teller.chapter("Homer forgets his password")
    before = story.mailbox.count(story.homer.email)
    story.teller.done("Homer asks for a mail", 202, "POST /auth/reset-password", json={"email": story.homer.email})
    token = story.mailbox.token(story.homer.email, after=before)
    story.teller.refused(
        "a new password that everybody uses",
        422,
        "weak-password",
        "POST /auth/reset-password/confirm",
        json={"token": token, "new_password": "password1"},
    )
    reset = {"token": token, "new_password": "Birch-Window-77"}
    story.teller.done("Homer sets a new one", 204, "POST /auth/reset-password/confirm", json=reset)
    story.teller.refused(
        "the same link once more", 422, "already-used", "POST /auth/reset-password/confirm", json=reset
    )
    story.teller.refused("the old access token", 401, "invalid-token", "GET /users/me", by=story.homer)
    story.teller.refused(
        "the old password",
        401,
        "invalid-credentials",
        "POST /auth/login",
        json={"login": story.homer.email, "password": story.homer.password},
    )
    story.homer.password = reset["new_password"]
    story.teller.sign_in("Homer logs in with the new one", story.homer)


def log_out(story: Story) -> None:
    story.teller.chapter("Homer goes home")
    story.teller.done("Homer logs out", 204, "POST /auth/logout", by=story.homer)
    story.teller.refused("the token of the ended session", 401, "invalid-token", "GET /auth/me", by=story.homer)
    story.teller.refused(
        "its refresh token",
        401,
        "invalid-refresh-token",
        "POST /auth/refresh",
        json={"refresh_token": story.homer.tokens["refresh_token"]},
    )
