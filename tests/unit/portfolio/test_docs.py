"""docs/portfolio.md is what the declarations say, and its example can be loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from riskportal.db.session import Database
from riskportal.files.blobs import LocalBlobStore
from riskportal.portfolio.base import PortfolioError
from riskportal.portfolio.check import in_order
from riskportal.portfolio.core import CORE_IMPORTERS
from riskportal.portfolio.docs import page
from riskportal.portfolio.jsonschema import file_schema
from riskportal.portfolio.loader import Loader
from riskportal_billing.importers import IMPORTERS as BILLING
from riskportal_services.importers import IMPORTERS as SERVICES

DOCS = Path(__file__).parents[3] / "docs" / "portfolio.md"
IMPORTERS = in_order((*CORE_IMPORTERS, *SERVICES, *BILLING))


def example() -> Any:
    found = re.search(r"## A small file\n\n```json\n(.*?)\n```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_page_is_up_to_date() -> None:
    how = "run: riskportal -c development.ini schema --markdown > docs/portfolio.md"
    assert DOCS.read_text(encoding="utf-8") == page(IMPORTERS) + "\n", how


def test_example_loads_and_loads_again(database: Database, tmp_path: Path) -> None:
    file = example()
    assert set(file) - {"format"} == {importer.section for importer in IMPORTERS}
    loader = Loader(database, IMPORTERS, LocalBlobStore(tmp_path / "files"))
    assert loader.load(file).total.created == len(IMPORTERS)
    total = loader.load(file).total
    assert (total.created, total.updated) == (0, 0)


def test_changed_invoice_is_refused(database: Database) -> None:
    loader = Loader(database, IMPORTERS)
    file = example()
    loader.load(file)
    file["invoices"][0]["note"] = "Changed"
    with pytest.raises(PortfolioError) as caught:
        loader.load(file)
    assert "invoices[0]: has been issued and can't change any more" in str(caught.value)


def test_a_line_may_only_bill_what_there_is(database: Database) -> None:
    file = example()
    file["invoices"][0]["lines"][0]["record"]["ref"] = "northwind-car"
    file["users"][0]["email"] = "nobody"
    with pytest.raises(PortfolioError) as caught:
        Loader(database, IMPORTERS).load(file)
    assert [problem.path for problem in caught.value.problems] == [
        "users[0].email",
        "invoices[0].lines[0].record.ref",
    ]


def test_schema_of_the_file() -> None:
    schema = file_schema(IMPORTERS)
    rules = schema["properties"]["access_rules"]["items"]
    assert rules["required"] == ["ref", "bill_group", "kind", "value", "role"]
    assert rules["properties"]["role"]["enum"] == ["owner", "billing", "technical", "viewer"]
    assert rules["additionalProperties"] is False
    assert schema["properties"]["bill_groups"]["items"]["properties"]["state"]["default"] == "active"
    assert schema["properties"]["tenants"]["items"]["properties"]["hosts"]["minItems"] == 1
