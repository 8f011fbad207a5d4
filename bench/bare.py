"""The floor: the same rows on a bare Pyramid, SQLAlchemy and Jinja2 page.

No sign-in, tenant, CSRF, translation, layout or permission; a real page must cost more.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyramid_tm
import zope.sqlalchemy
from jinja2 import DictLoader, Environment
from pyramid.config import Configurator
from pyramid.response import Response
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

LIST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Invoices</title></head><body>
<h1>Invoices</h1><table><thead><tr><th>Number</th><th>For</th><th>Issued</th><th>Due</th><th>Amount</th>
<th>State</th></tr></thead><tbody>{% for invoice, title in rows %}
<tr><td><a href="/detail/{{ invoice.public_id }}">{{ invoice.number }}</a></td><td>{{ title }}</td>
<td>{{ invoice.issued_on }}</td><td>{{ invoice.due_on }}</td>
<td>{{ "%.2f"|format(invoice.total_minor / 100) }} {{ invoice.currency }}</td>
<td>{{ invoice.payment_state }}</td></tr>{% endfor %}</tbody></table></body></html>"""
CUSTOMERS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Customers</title></head><body>
<h1>Customers</h1><table><thead><tr><th>Name</th><th>Number</th><th>Added</th></tr></thead><tbody>
{% for row in rows %}
<tr><td><a href="/customers/{{ row.public_id }}">{{ row.name }}</a></td><td>{{ row.number }}</td>
<td>{{ row.created_at }}</td></tr>{% endfor %}</tbody></table></body></html>"""
DETAIL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Invoice</title></head><body>
<h1>Invoice {{ invoice.number }}</h1><p>{{ invoice.issued_on }} {{ invoice.due_on }} {{ invoice.payment_state }}</p>
<table>{% for line in invoice.lines %}<tr><td>{{ line.title }}</td><td>{{ line.net_minor }}</td></tr>{% endfor %}
</table>
<p>{{ "%.2f"|format(invoice.total_minor / 100) }} {{ invoice.currency }}</p></body></html>"""


class Base(DeclarativeBase):
    """Own mappings of the portal's tables, with the columns that the pages show."""


class Invoice(Base):
    __tablename__ = "billing_invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    tenant_id: Mapped[int]
    bill_group_id: Mapped[int]
    number: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    total_minor: Mapped[int]
    currency: Mapped[str]
    document_state: Mapped[str]
    payment_state: Mapped[str]
    lines: Mapped[list[Line]] = relationship(order_by="Line.position")


class Line(Base):
    __tablename__ = "billing_invoice_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("billing_invoices.id"))
    position: Mapped[int]
    title: Mapped[str]
    net_minor: Mapped[int]


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    tenant_id: Mapped[int]
    number: Mapped[str]
    name: Mapped[str]
    sort_name: Mapped[str]
    created_at: Mapped[datetime]


def customer_list(request: Any) -> Response:
    """The first 25 customers of a tenant by name."""
    query = select(Customer).where(Customer.tenant_id == int(request.matchdict["tenant"]))
    rows = request.db.scalars(query.order_by(Customer.sort_name, Customer.id).limit(25)).all()
    return Response(request.registry.templates.get_template("customers").render(rows=rows))


def invoice_list(request: Any) -> Response:
    """The 25 newest invoices of a bill group, with the title of their first line."""
    rows = request.db.execute(
        select(Invoice, Line.title)
        .outerjoin(Line, (Line.invoice_id == Invoice.id) & (Line.position == 1))
        .where(
            Invoice.bill_group_id == int(request.matchdict["group"]),
            Invoice.document_state.in_(("issued", "cancelled")),
        )
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(25)
    ).all()
    return Response(request.registry.templates.get_template("list").render(rows=rows))


def detail(request: Any) -> Response:
    """One invoice and its lines."""
    invoice = request.db.scalars(select(Invoice).where(Invoice.public_id == request.matchdict["id"])).one()
    return Response(request.registry.templates.get_template("detail").render(invoice=invoice))


def make_app(url: str) -> Any:
    """The bare application over a database."""
    sessions = sessionmaker(bind=create_engine(url))

    def session(request: Any) -> Any:
        db = sessions()
        zope.sqlalchemy.register(db, transaction_manager=request.tm)
        return db

    with Configurator(settings={"tm.manager_hook": pyramid_tm.explicit_manager}) as config:
        config.include("pyramid_tm")
        texts = {"list": LIST, "detail": DETAIL, "customers": CUSTOMERS}
        config.registry.templates = Environment(loader=DictLoader(texts), autoescape=True)
        config.add_request_method(session, "db", reify=True)
        config.add_route("list", "/list/{tenant}/{group}")
        config.add_route("detail", "/detail/{id}")
        config.add_route("customers", "/customers/{tenant}")
        config.add_view(invoice_list, route_name="list")
        config.add_view(detail, route_name="detail")
        config.add_view(customer_list, route_name="customers")
    return config.make_wsgi_app()
