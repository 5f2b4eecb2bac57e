"""Chapters in which newcomers register, verify their addresses and sign in."""

from __future__ import annotations

from tests.journey.cast import Story


def register(story: Story) -> None:
    story.teller.chapter("Newcomers register")
    story.teller.refused(
        "a password that everybody uses",
        422,
        "weak-password",
        "POST /auth/register",
        json={"email": story.homer.email, "password": "password1", "full_name": "Homer Harper"},
    )
    story.teller.refused(
        "a role that nobody may take",
        422,
        "validation-failed",
        "POST /auth/register",
        json={
            "email": story.homer.email,
            "password": story.homer.password,
            "full_name": "Homer",
            "roles": ["STAFF_ADMIN"],
        },
    )
    for person in (story.pat, story.homer, story.nora):
        body = {
            "email": person.email,
            "password": person.password,
            "full_name": person.name,
            "roles": person.roles,
        }
        story.teller.done(f"{person.name} registers", 202, "POST /auth/register", json=body)


def verify(story: Story) -> None:
    story.teller.chapter("They verify their addresses by the mailed links")
    story.teller.refused(
        "Homer logs in before verifying",
        401,
        "invalid-credentials",
        "POST /auth/login",
        json={"login": story.homer.email, "password": story.homer.password},
    )
    for person in (story.pat, story.homer, story.nora):
        token = story.mailbox.token(person.email, after=0)
        body = {"token": token, "password": person.password}
        story.teller.done(f"{person.name} follows the link, which signs in", 200, "POST /auth/verify-email", json=body)
        if person is story.homer:
            story.teller.refused("the same link once more", 422, "already-used", "POST /auth/verify-email", json=body)


def sign_in(story: Story) -> None:
    story.teller.chapter("They sign in")
    story.teller.refused(
        "a wrong password",
        401,
        "invalid-credentials",
        "POST /auth/login",
        json={"login": story.homer.email, "password": "Copper-Kettle-59"},
    )
    for person in (story.pat, story.homer, story.nora):
        story.teller.sign_in(f"{person.name} logs in", person)
    me = story.teller.done("Homer asks who he is", 200, "GET /auth/me", by=story.homer).json()
    story.teller.expect("HOMEOWNER" in me["roles"], "he is a homeowner", found=me["roles"])
