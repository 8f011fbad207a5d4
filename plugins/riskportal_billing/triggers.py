"""The law of issued documents and booked money as database triggers, run by the first migration.

An issued invoice keeps every column but its settlement, and all of its lines and taxes; a payment
keeps its amount; an allocation stays as booked. Correcting one is a new document or booking.
"""

from __future__ import annotations

from riskportal.db.triggers import (
    Statements,
    combine,
    refuse_change,
    refuse_delete,
    refuse_truncate,
    refuse_update,
)

_INVOICE = "an issued invoice can't be changed"
_PARTS = "lines and taxes of an issued invoice can't be changed"
_QUOTED = "'lines and taxes of an issued invoice can''t be changed'"
_DOCUMENTS = "SELECT 1 FROM billing_invoices WHERE document_state <> 'draft' AND id"
# Spelt out, not read from the models: what a migration did must not change with later code.
_FROZEN = (
    "id tenant_id bill_group_id public_id created_at number document_state issued_on due_on period_start period_end "
    "currency language po_number net_minor tax_minor total_minor seller buyer note search_text"
).split()
_PART_FUNCTION = (
    "CREATE OR REPLACE FUNCTION riskportal_billing_refuse_part() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "DECLARE touched bigint[]; BEGIN "
    "touched := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.invoice_id] WHEN 'DELETE' THEN ARRAY[OLD.invoice_id] "
    "ELSE ARRAY[OLD.invoice_id, NEW.invoice_id] END; "
    "IF EXISTS (SELECT 1 FROM billing_invoices WHERE id = ANY (touched) AND document_state <> 'draft') THEN "
    "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END IF; "
    "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
)


def _refuse_parts(table: str) -> Statements:
    """Refuse any change to rows of `table` whose invoice is no draft any more."""
    sqlite = tuple(
        f"CREATE TRIGGER refuse_{table}_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW "
        f"WHEN EXISTS ({_DOCUMENTS} IN ({ids})) "
        f"BEGIN SELECT RAISE(ABORT, {_QUOTED}); END"
        for event, ids in (
            ("INSERT", "NEW.invoice_id"),
            ("UPDATE", "OLD.invoice_id, NEW.invoice_id"),
            ("DELETE", "OLD.invoice_id"),
        )
    )
    postgresql = (
        _PART_FUNCTION,
        f"CREATE TRIGGER refuse_{table}_part BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW "
        f"EXECUTE FUNCTION riskportal_billing_refuse_part({_QUOTED})",
    )
    return combine({"sqlite": sqlite, "postgresql": postgresql}, refuse_truncate(table, _PARTS))


BILLING_TRIGGERS: Statements = combine(
    refuse_change("billing_invoices", _INVOICE, columns=_FROZEN, when="OLD.document_state <> 'draft'"),
    _refuse_parts("billing_invoice_lines"),
    _refuse_parts("billing_invoice_taxes"),
    refuse_update(
        "billing_payments",
        "a booked payment keeps its amount",
        columns=("id", "tenant_id", "bill_group_id", "public_id", "created_at", "kind", "amount_minor", "currency"),
    ),
    refuse_delete("billing_payments", "a booked payment can't be removed"),
    refuse_change("billing_allocations", "an allocation stays as booked; book a refund to undo it"),
)
