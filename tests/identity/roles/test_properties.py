"""Properties that hold of all roles that staff could define, checked on generated ones."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.contract_operations import permissions_of as contract_permissions_of
from tests.harness.accounts import Accounts
from tests.identity.roles.role_requests import body, define, give, permissions_of, refused, replace, staff_with

_ALL = contract_permissions_of("STAFF_ADMIN")
_BUILT_IN = ("STAFF_SUPPORT", "STAFF_MODERATOR")
_FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Role to define: its permissions, and the built-in and planned roles from which it inherits."""

    permissions: frozenset[str]
    inherits: frozenset[int]


def _some(of: frozenset[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(of)), max_size=4)


@st.composite
def _plans(draw: st.DrawFn) -> list[Plan]:
    plans: list[Plan] = []
    for number in range(draw(st.integers(1, 5))):
        # Below zero are the built-in ones, which are rare: nothing is seen of the others beside an administrator.
        parents = st.one_of(st.integers(0, number - 1), st.integers(-2, -1)) if number else st.integers(-2, -1)
        plans.append(Plan(draw(_some(_ALL)), draw(st.frozensets(parents, max_size=3))))
    return plans


@_FEW
@given(plans=_plans(), held=st.frozensets(st.integers(0, 4), max_size=3))
async def test_effective_permissions_are_the_union_of_the_inherited(
    accounts: Accounts, plans: list[Plan], held: frozenset[int]
) -> None:
    admin = await accounts.staff()
    names: list[str] = []
    expected: list[frozenset[str]] = []
    for plan in plans:
        above = [(names[one], expected[one]) if one >= 0 else _built_in(one) for one in sorted(plan.inherits)]
        role = await define(admin, *plan.permissions, inherits=[name for name, _ in above])
        names.append(role["name"])
        expected.append(plan.permissions.union(*(permissions for _, permissions in above)))
        assert set(role["effective_permissions"]) == expected[-1]
    mine = [one for one in held if one < len(plans)]
    holder = await accounts.hire("STAFF_SUPPORT", *(names[one] for one in mine))
    own = contract_permissions_of("STAFF_SUPPORT")
    assert await permissions_of(holder) == own.union(*(expected[one] for one in mine))


@_FEW
@given(own=_some(_ALL), before=_some(_ALL), after=_some(_ALL))
async def test_nobody_passes_on_what_they_lack(
    accounts: Accounts, own: frozenset[str], before: frozenset[str], after: frozenset[str]
) -> None:
    admin, person = await accounts.staff(), await accounts.hire("HOMEOWNER")
    lead = await staff_with(accounts, "role:read", "role:write", *own)
    mine = own | {"role:read", "role:write"}
    role = await define(admin, *before)
    allowed = [
        (await give(lead, person, role["name"]), before <= mine, 200),
        (await lead.client.post("/roles", json=body(*after)), after <= mine, 201),
        (await lead.client.post("/roles", json=body(inherits=[role["name"]])), before <= mine, 201),
        (await replace(lead, role, *after), before | after <= mine, 200),
    ]
    for answer, may, success in allowed:
        if may:
            assert answer.status_code == success, answer.text
        else:
            assert refused(answer) == (403, "exceeds-own-permissions")
    assert await permissions_of(person) & _ALL <= mine
    assert await permissions_of(lead) == mine


def _built_in(number: int) -> tuple[str, frozenset[str]]:
    name = _BUILT_IN[number]
    return name, contract_permissions_of(name)
