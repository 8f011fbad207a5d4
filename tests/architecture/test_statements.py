"""What the guard doesn't cover stays where it can be read: plain SQL, table statements, system sessions."""

from __future__ import annotations

import ast

from house import Source, core_sources, module_sources, report

# Files and the reasons that they may open a session above all tenants.
SYSTEM_WIDE = {
    "riskportal.db.guard": "defines it",
    "riskportal.jobs.claims": "a worker claims the jobs of all tenants",
    "riskportal.tenancy.request": "finds the tenant of a host name",
    "riskportal.portfolio.loader": "creates tenants",
    "riskportal.testing.factories": "tests set up several tenants",
    "riskportal.testing.demo": "a test server gives the demo tenant its port",
    "riskportal.cli": "commands of the operator",
}
# Fixed words as part of a statement that every request runs, where passing them as values would cost more.
FIXED_WORDS = {("riskportal.identity.access", "literal_column")}
PLAIN_SQL = {"text", "insert", "Table", "table", "column", "literal_column"}


def may_hold_sql(source: Source) -> bool:
    return (
        source.name.startswith("riskportal.db") or ".migrations" in source.name or source.name.endswith(".triggers")
    )


def test_plain_sql_stays_in_db_and_migrations():
    problems = []
    for source in core_sources() + module_sources():
        if may_hold_sql(source) or ".testing" in source.name:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
                wrong = {alias.name for alias in node.names} & (PLAIN_SQL - {"insert"})
                problems += [
                    f"{source.where}:{node.lineno} imports {name}"
                    for name in sorted(wrong)
                    if (source.name, name) not in FIXED_WORDS
                ]
            if isinstance(node, ast.Attribute) and node.attr in ("__table__", "exec_driver_sql", "connection"):
                if node.attr == "connection" and ast.unparse(node.value) not in (
                    "db",
                    "request.db",
                    "session",
                    "self.db",
                ):
                    continue
                problems.append(f"{source.where}:{node.lineno} uses {ast.unparse(node)}")
    report([f"{problem}: the guard can't see plain SQL; use ORM statements" for problem in problems])


def test_system_sessions_are_listed():
    problems = []
    for source in core_sources() + module_sources():
        uses = [n for n in ast.walk(source.tree) if isinstance(n, ast.Attribute) and n.attr == "system_wide"]
        if uses and not any(source.name == name or source.name.startswith(name + ".") for name in SYSTEM_WIDE):
            problems.append(
                f"{source.where}:{uses[0].lineno} opens a session above all tenants; use Scope.tenant_wide, or list "
                "the file with its reason in SYSTEM_WIDE"
            )
    report(problems)
