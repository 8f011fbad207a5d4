"""Everything that can be wrong with a file and is known without the database: shape, schemas, refs within.

`check_file` never stops at the first problem. References that the file doesn't hold itself are
handed on as `Wanted`, for the loader to look up among what was loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import colander

from riskportal.plug.declarations import Importer
from riskportal.portfolio.base import PortfolioError, Problem, Record, digest_of
from riskportal.portfolio.fields import NewRef, PointerRef, Ref, did_you_mean, shown
from riskportal.portfolio.reader import at_key

FORMAT = "riskportal/1"
TENANTS = "tenants"
RESERVED = ("format", "tenant")
# The key under which records stand that belong to no tenant: the tenants.
ABOVE = ""


@dataclass(frozen=True)
class Wanted:
    """A reference that stands in the file at `path`."""

    path: str
    section: str
    ref: str


@dataclass(frozen=True)
class Tenants:
    """How the file may call tenants: `keys` maps a ref or host name to the one key that stands for the tenant."""

    keys: Mapping[str, str]
    default: str | None = None


@dataclass
class Checked:
    """What the file holds, by section and by the key of the tenant that owns a record."""

    keys: dict[str, str]
    default: str | None
    records: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    wanted: dict[str, list[Wanted]] = field(default_factory=dict)
    own: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # Whether the missing default was reported: once is enough.
    homeless: bool = False

    def of(self, section: str, tenant: str) -> list[Record]:
        """A tenant's records of a section, in the order of the file."""
        return self.records.get(section, {}).get(tenant, [])

    def tenants(self) -> list[Record]:
        """The records of the tenants themselves."""
        return self.of(TENANTS, ABOVE)

    def owners(self) -> list[str]:
        """The keys of all tenants that the file touches."""
        touched = [key for by_tenant in self.records.values() for key in by_tenant]
        named = [record.ref for record in self.tenants()]
        return [key for key in dict.fromkeys([*named, *touched]) if key != ABOVE]


def in_order(importers: Iterable[Importer]) -> list[Importer]:
    """Importers with every section behind those it comes `after`; sections of absent modules don't count."""
    waiting = {importer.section: importer for importer in importers}
    ordered: list[Importer] = []
    while waiting:
        ready = (i for i in waiting.values() if not any(name in waiting for name in i.after))
        importer = next(ready, None)
        if importer is None:
            raise ValueError(f"portfolio sections wait for each other in a circle: {', '.join(sorted(waiting))}")
        ordered.append(waiting.pop(importer.section))
    return ordered


def check_file(raw: Any, importers: Sequence[Importer], tenants: Tenants) -> Checked:
    """Check the whole file; problems are collected in the result, PortfolioError only for a wrong format."""
    if not isinstance(raw, dict):
        raise PortfolioError([Problem("", f'expected an object {{"format": "{FORMAT}", ...}}, not {shown(raw)}')])
    if raw.get("format") != FORMAT:
        what = f"not {shown(raw['format'])}" if "format" in raw else "but it is missing"
        raise PortfolioError([Problem("format", f'expected "{FORMAT}", {what}')])
    checked = Checked(keys={**tenants.keys, **{ref: ref for ref in _refs_of(raw.get(TENANTS))}}, default=None)
    checked.problems += _unknown_sections(raw, importers)
    checked.default = _default_tenant(raw, tenants, checked)
    for importer in importers:
        section = raw.get(importer.section, [])
        if isinstance(section, list):
            _check_section(importer, section, checked)
        else:
            message = f"expected a list of records [...], not {shown(section)}"
            checked.problems.append(Problem(importer.section, message))
    for tenant, wanted in checked.wanted.items():
        own = checked.own.get(tenant, {})
        checked.wanted[tenant] = [w for w in wanted if w.ref not in own.get(w.section, {})]
    return checked


def _refs_of(section: Any) -> list[str]:
    records = section if isinstance(section, list) else []
    refs = [record.get("ref") for record in records if isinstance(record, dict)]
    return [ref.strip() for ref in refs if isinstance(ref, str)]


def _unknown_sections(raw: Mapping[str, Any], importers: Sequence[Importer]) -> Iterator[Problem]:
    known = [*RESERVED, *(importer.section for importer in importers)]
    others = f"; known are {', '.join(known)} (a module brings its sections when riskportal.plugins lists it)"
    for key in sorted(raw.keys() - set(known)):
        yield Problem(at_key("", key), f"unknown section{did_you_mean(key, known) or others}")


def _default_tenant(raw: Mapping[str, Any], tenants: Tenants, checked: Checked) -> str | None:
    """Whose the records are that don't say: as the caller says, the file says, the only one of file or database."""
    if tenants.default is not None:
        return tenants.default
    if raw.get("tenant") is not None:
        return _tenant_key(raw["tenant"], "tenant", checked)
    for only in (_refs_of(raw.get(TENANTS)), list(set(tenants.keys.values()))):
        if only:
            return only[0] if len(only) == 1 else None
    return None


def _tenant_key(name: Any, path: str, checked: Checked) -> str | None:
    if isinstance(name, str) and name in checked.keys:
        return checked.keys[name]
    guess = did_you_mean(name, list(checked.keys)) if isinstance(name, str) else ""
    message = f"expected a tenant of this file or of the database (ref or host name), not {shown(name)}{guess}"
    checked.problems.append(Problem(path, message))
    return None


def _check_section(importer: Importer, section: list[Any], checked: Checked) -> None:
    schema = importer.schema()
    refs = list(_ref_readers(schema))
    by_tenant = checked.records.setdefault(importer.section, {})
    for position, raw in enumerate(section):
        path = f"{importer.section}[{position}]"
        if not isinstance(raw, dict):
            checked.problems.append(Problem(path, f"expected an object {{...}}, not {shown(raw)}"))
            continue
        tenant, body = _split(raw, path, importer, checked)
        try:
            data = schema.deserialize(body)
        except colander.Invalid as error:
            checked.problems += flat(error, path)
            _claim_anyway(importer.section, body, path, tenant or ABOVE, checked)
            continue
        if importer.check is not None:
            checked.problems += [Problem(_inside(path, where), message) for where, message in importer.check(data)]
        if tenant is None:
            continue
        by_tenant.setdefault(tenant, []).append(Record(path, data["ref"], data, digest_of(body)))
        _claim(importer.section, data["ref"], f"{path}.ref", tenant, checked)
        for read in refs:
            for wanted in read(data, path):
                _note(wanted, tenant, checked)


def _split(raw: Any, path: str, importer: Importer, checked: Checked) -> tuple[str | None, Any]:
    """The key of a record's tenant (None: there is no answer, and that is reported), and the rest of the record."""
    if importer.section == TENANTS:
        return ABOVE, raw
    if isinstance(raw, dict) and "tenant" in raw:
        body = {key: value for key, value in raw.items() if key != "tenant"}
        return _tenant_key(raw["tenant"], f"{path}.tenant", checked), body
    if checked.default is None and not checked.homeless:
        checked.homeless = True
        if not checked.problems or checked.problems[-1].path != "tenant":
            message = 'the file must say whose these records are: add "tenant", at the top or to the record'
            checked.problems.append(Problem(path, f"{message} (known: {', '.join(checked.keys) or 'none yet'})"))
    return checked.default, raw


def _claim(section: str, ref: str, path: str, tenant: str, checked: Checked) -> None:
    """Note that the file itself defines `ref`; twice is a problem."""
    taken = checked.own.setdefault(tenant, {}).setdefault(section, {})
    first = taken.setdefault(ref, path)
    if first != path:
        checked.problems.append(Problem(path, f"{shown(ref)} is the ref of {first} already; refs are unique"))


def _claim_anyway(section: str, body: Any, path: str, tenant: str, checked: Checked) -> None:
    """A broken record still defines its ref, or each reference to it would be one more problem."""
    ref = body.get("ref") if isinstance(body, dict) else None
    if isinstance(ref, str):
        _claim(section, ref.strip(), f"{path}.ref", tenant, checked)
    for key, parts in body.items() if isinstance(body, dict) else ():
        for part in parts if isinstance(parts, list) else ():
            own = part.get("ref") if isinstance(part, dict) else None
            if isinstance(own, str):
                checked.own.setdefault(tenant, {}).setdefault(key, {}).setdefault(own.strip(), path)


def _note(wanted: tuple[bool, Wanted], tenant: str, checked: Checked) -> None:
    is_own, what = wanted
    if is_own:
        _claim(what.section, what.ref, what.path, tenant, checked)
    else:
        checked.wanted.setdefault(tenant, []).append(what)


Reader = Callable[[Mapping[str, Any], str], Iterator[tuple[bool, Wanted]]]


def _ref_readers(schema: Any) -> Iterator[Reader]:
    """Functions that find each reference (and each part's own ref) in checked data; made once per section."""
    for child in schema.children:
        if isinstance(child.typ, Ref | NewRef):
            yield _reader_of(child.name, child.typ.section, isinstance(child.typ, NewRef))
        elif isinstance(child.typ, PointerRef):
            yield _pointer_reader(child.name)
        elif isinstance(child.typ, colander.Mapping):
            yield _part_reader(child.name, list(_ref_readers(child)))
        elif isinstance(child.typ, colander.Sequence):
            yield _list_reader(child.name, child.children[0])


def _reader_of(name: str, section: str, own: bool) -> Reader:
    def read(data: Mapping[str, Any], path: str) -> Iterator[tuple[bool, Wanted]]:
        if data.get(name) is not None:
            yield own, Wanted(f"{path}.{name}", section, data[name])

    return read


def _pointer_reader(name: str) -> Reader:
    def read(data: Mapping[str, Any], path: str) -> Iterator[tuple[bool, Wanted]]:
        yield False, Wanted(f"{path}.{name}", data["section"], data[name])

    return read


def _part_reader(name: str, readers: Sequence[Reader]) -> Reader:
    def read(data: Mapping[str, Any], path: str) -> Iterator[tuple[bool, Wanted]]:
        part = data.get(name)
        if part is not None:
            for reader in readers:
                yield from reader(part, f"{path}.{name}")

    return read


def _list_reader(name: str, node: Any) -> Reader:
    plain = node.typ if isinstance(node.typ, Ref | NewRef) else None
    readers = [] if plain else list(_ref_readers(node))

    def read(data: Mapping[str, Any], path: str) -> Iterator[tuple[bool, Wanted]]:
        for position, part in enumerate(data.get(name) or ()):
            where = f"{path}.{name}[{position}]"
            if plain is not None:
                yield isinstance(plain, NewRef), Wanted(where, plain.section, part)
            for reader in readers:
                yield from reader(part, where)

    return read


def _inside(path: str, where: str) -> str:
    if not where:
        return path
    return f"{path}{where}" if where.startswith("[") else f"{path}.{where}"


def flat(error: colander.Invalid, path: str) -> Iterator[Problem]:
    """All messages of a colander error, each with its JSON path."""
    for message in error.messages():
        text = "is missing" if message == "Required" else getattr(message, "interpolate", lambda m=message: m)()
        yield Problem(path, str(text))
    for child in error.children:
        inner = f"{path}[{child.pos}]" if child.positional else at_key(path, child.node.name)
        yield from flat(child, inner)
