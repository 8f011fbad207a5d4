"""The core's own sections: customers, bill groups, contacts, users and access rules.

The section of the tenants is special, because a tenant is what every other record belongs to; it is
in `riskportal.portfolio.tenants`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from riskportal.customers.models import BILL_GROUP_STATES, CONTACT_KINDS, BillGroup, Contact, Customer
from riskportal.identity.addresses import canonical_email, domain_of
from riskportal.identity.domains import canonical_domain, why_open
from riskportal.identity.models import AccessRule, User
from riskportal.identity.rules import lock_ids, overlaps
from riskportal.plug.declarations import PORTAL_ROLES, Importer
from riskportal.portfolio.base import LoadContext, ProofRow, Record, Tally, batches
from riskportal.portfolio.fields import (
    Currency,
    Email,
    Flag,
    Instant,
    OneOf,
    RecordSchema,
    Ref,
    Text,
    optional,
    required,
)
from riskportal.portfolio.mails import MAILS_IMPORTER
from riskportal.portfolio.parts import AddressSchema, Language, address_columns
from riskportal.portfolio.tenants import TENANTS_IMPORTER

Data = Mapping[str, Any]
Problems = Iterator[tuple[str, str]]
KINDS = ("domain", "email")


class CustomerSchema(RecordSchema):
    """An organisation that buys from the tenant."""

    name = required(Text(200))
    legal_name = optional(Text(200), description="as on invoices; the name when left out")
    number = optional(Text(40), description="the customer number, unique; the ref when left out")


class BillGroupSchema(RecordSchema):
    """A billing scope of a customer, and the scope of portal access."""

    customer = required(Ref("customers"))
    name = required(Text(200))
    company_name = optional(Text(200), description="on invoices; the customer's legal name when left out")
    currency = required(Currency())
    language = required(Language())
    address = AddressSchema(missing=None)
    email = optional(Email())
    phone = optional(Text(40))
    vat_number = optional(Text(30))
    registration_number = optional(Text(60))
    po_number = optional(Text(60))
    portal_enabled = optional(Flag(), True)
    state = optional(OneOf(BILL_GROUP_STATES), "active")


class ContactSchema(RecordSchema):
    """A billing, shipping or other contact of a bill group; no login by itself."""

    bill_group = required(Ref("bill_groups"))
    kind = optional(OneOf(CONTACT_KINDS), "other")
    name = required(Text(200))
    email = optional(Email())
    phone = optional(Text(40))
    address = AddressSchema(missing=None)


class UserSchema(RecordSchema):
    """A login, known by its e-mail address. What it may open is said by access rules."""

    email = required(Email())
    name = optional(Text(200))
    language = optional(Language())


class AccessRuleSchema(RecordSchema):
    """Lets one address, or every personal address of a domain, into a bill group."""

    bill_group = required(Ref("bill_groups"))
    kind = required(OneOf(KINDS))
    value = required(Text(254), description="an e-mail address or a domain, as `kind` says")
    role = required(OneOf(PORTAL_ROLES))
    expires_at = optional(Instant())


def _customer(_ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        "name": data["name"],
        "legal_name": data["legal_name"] or data["name"],
        "number": data["number"] or data["ref"],
    }


def _bill_group(ctx: LoadContext, data: Data) -> dict[str, Any]:
    same = ("name", "company_name", "currency", "language", "email", "phone", "portal_enabled", "state")
    return {
        **{name: data[name] for name in (*same, "vat_number", "registration_number", "po_number")},
        **address_columns(data["address"]),
        "customer_id": ctx.id_of("customers", data["customer"]),
    }


def _contact(ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        **{name: data[name] for name in ("kind", "name", "email", "phone")},
        **address_columns(data["address"]),
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
    }


def _user(_ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {name: data[name] for name in ("email", "name", "language")}


def _access_rule(ctx: LoadContext, data: Data) -> dict[str, Any]:
    return {
        "bill_group_id": ctx.id_of("bill_groups", data["bill_group"]),
        "kind": data["kind"],
        "value": canonical_value(data),
        "role": data["role"],
        "expires_at": data["expires_at"],
    }


def canonical_value(data: Data) -> str:
    """What a rule matches on: a canonical address or domain; ValueError when it is neither."""
    value: str = data["value"]
    return canonical_domain(value) if data["kind"] == "domain" else canonical_email(value)


def _check_customer(data: Data) -> Problems:
    if data["number"] is None and len(data["ref"]) > 40:
        yield "number", "is missing: a ref of more than 40 characters can't stand in for the customer number"


def _check_access_rule(data: Data) -> Problems:
    try:
        value = canonical_value(data)
    except ValueError:
        what = "a domain such as northwind.example" if data["kind"] == "domain" else "an e-mail address"
        yield "value", f'expected {what}, not "{data["value"]}"'
        return
    if data["kind"] == "domain" and why_open(value):
        yield "value", f'anybody can have an address under {value}; let people in one by one (kind "email")'


def _unique(key: Callable[[Data], Any], field: str) -> Callable[..., Problems]:
    """A check that no two records of the file agree in `key`."""

    def check(_ctx: LoadContext | None, records: Sequence[Record]) -> Problems:
        first: dict[Any, str] = {}
        for record in records:
            taken = first.setdefault(key(record.data), record.path)
            if taken != record.path:
                yield f"{record.path}.{field}", f"the same as in {taken}; it must be unique"

    return check


def _check_rules(ctx: LoadContext | None, records: Sequence[Record]) -> Problems:
    """No rule twice, and no e-mail rule whose domain is let in already: nobody could tell which of them counts."""
    yield from _unique(lambda d: (d["bill_group"], d["kind"], _value_or_text(d)), "value")(ctx, records)
    yield from _removed_rules(ctx, records)
    domains: dict[tuple[str, str], str] = {}
    emails: dict[tuple[str, str], str] = {}
    for group, kind, value, where in [*_stored_rules(ctx, records), *_rules_of(records)]:
        if kind == "domain":
            domains[group, value] = where
        else:
            emails[group, value] = where
    for (group, value), where in emails.items():
        rule = domains.get((group, domain_of(value)))
        if rule is not None and overlaps(value, domain_of(value)):
            path = where if where.startswith("access_rules[") else rule
            yield (
                f"{path}.value",
                f"the e-mail rule for {value} overlaps the domain rule for {domain_of(value)} in bill group "
                f'"{group}" ({where} and {rule}); keep one of them',
            )


def _value_or_text(data: Data) -> str:
    try:
        return canonical_value(data)
    except ValueError:
        return str(data["value"])


def _rules_of(records: Sequence[Record]) -> Iterator[tuple[str, str, str, str]]:
    for record in records:
        yield record.data["bill_group"], record.data["kind"], _value_or_text(record.data), record.path


def _removed_rules(ctx: LoadContext | None, records: Sequence[Record]) -> Problems:
    """Rules that staff removed after an earlier load: nobody comes in again because a file was loaded again."""
    keys = {r.path: ("access_rules", r.ref) for r in records}
    loaded = {path: ctx.known[key].record_id for path, key in keys.items() if ctx is not None and key in ctx.known}
    for paths in batches(list(loaded)):
        assert ctx is not None
        ids = [loaded[path] for path in paths]
        there = set(ctx.db.scalars(select(AccessRule.id).where(AccessRule.id.in_(ids))))
        for path in paths:
            if loaded[path] not in there:
                yield path, "this rule was removed in the portal since; take it out of the file, or give it a new ref"


def _stored_rules(ctx: LoadContext | None, records: Sequence[Record]) -> Iterator[tuple[str, str, str, str]]:
    """Rules of the same bill groups that the database has and the file doesn't replace.

    From here on staff who add a rule to one of them wait for the end of the load.
    """
    if ctx is None:
        return
    groups = {ref: ctx.known.get(("bill_groups", ref)) for ref in {r.data["bill_group"] for r in records}}
    refs = {known.record_id: ref for ref, known in groups.items() if known is not None}
    replaced = {ctx.known[key].record_id for key in (("access_rules", r.ref) for r in records) if key in ctx.known}
    for ids in batches(sorted(refs)):
        lock_ids(ctx.db, ids)
        for rule in ctx.db.scalars(select(AccessRule).where(AccessRule.bill_group_id.in_(ids))):
            if rule.id not in replaced:
                yield refs[rule.bill_group_id], rule.kind, rule.value, "a rule of the database"


def _load_users(ctx: LoadContext, records: Sequence[Record]) -> Tally:
    """Users by ref; somebody who has signed in already under a rule is taken over instead of doubled."""
    ctx.remember("users", (record.ref for record in records))
    fresh = {r.data["email"]: r for r in records if ("users", r.ref) not in ctx.known}
    for emails in batches(list(fresh)):
        for user in ctx.db.scalars(select(User).where(User.email.in_(emails))):
            ctx.adopt("users", fresh[user.email].ref, user)
    return ctx.write_all("users", records, User, _user)


def _importer(section: str, schema: Any, model: Any, build: Any = None, **rest: Any) -> Importer:
    def load(ctx: LoadContext, records: Sequence[Record]) -> Tally:
        return ctx.write_all(section, records, model, build)

    def proof(ctx: LoadContext, records: Sequence[Record]) -> Iterable[ProofRow]:
        yield ctx.count(section, records, model)

    return Importer(section, schema, **{"load": load, "proof": proof, **rest})


CORE_IMPORTERS = (
    TENANTS_IMPORTER,
    _importer(
        "customers",
        CustomerSchema,
        Customer,
        _customer,
        check=_check_customer,
        check_all=_unique(lambda d: d["number"] or d["ref"], "number"),
        example={"ref": "northwind", "name": "Northwind Atelier", "legal_name": "Northwind Atelier ApS"},
    ),
    _importer(
        "bill_groups",
        BillGroupSchema,
        BillGroup,
        _bill_group,
        after=("customers",),
        example={
            "ref": "northwind-main",
            "customer": "northwind",
            "name": "Main account",
            "currency": "EUR",
            "language": "en",
            "address": {"line1": "Kanalgade 4", "postcode": "8000", "city": "Aarhus", "country": "DK"},
            "email": "accounts@northwind.example",
            "vat_number": "DK12345674",
            "po_number": "4500-88",
        },
    ),
    _importer(
        "contacts",
        ContactSchema,
        Contact,
        _contact,
        after=("bill_groups",),
        example={
            "ref": "northwind-books",
            "bill_group": "northwind-main",
            "kind": "billing",
            "name": "Ida Lund",
            "email": "books@northwind.example",
        },
    ),
    _importer(
        "users",
        UserSchema,
        User,
        load=_load_users,
        check_all=_unique(lambda d: d["email"], "email"),
        example={"ref": "mara", "email": "mara@northwind.example", "name": "Mara Holm", "language": "en"},
    ),
    _importer(
        "access_rules",
        AccessRuleSchema,
        AccessRule,
        _access_rule,
        after=("bill_groups",),
        check=_check_access_rule,
        check_all=_check_rules,
        example={
            "ref": "mara-northwind",
            "bill_group": "northwind-main",
            "kind": "email",
            "value": "mara@northwind.example",
            "role": "owner",
        },
    ),
    MAILS_IMPORTER,
)
