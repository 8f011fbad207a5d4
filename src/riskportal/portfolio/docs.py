"""docs/portfolio.md, written from the declarations, so that it can't tell anything else than the code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from riskportal.plug.declarations import Importer
from riskportal.portfolio.check import FORMAT
from riskportal.portfolio.jsonschema import section_schema

_HEAD = """\
# The portfolio file

<!-- Written by `riskportal -c development.ini schema --markdown`; a test compares. Change the code instead. -->

One JSON file brings data in: the demo, a migration from another system, tests, live syncs.

```
riskportal -c development.ini load FILE.json --dry-run    what would change
riskportal -c development.ini load FILE.json              load it
riskportal -c development.ini schema                      the whole file as JSON Schema, for your editor
```

## How it works

- **Your own refs.** Every record carries a `ref`: your own stable name for it, unique in its section and tenant
  (a part such as a milestone may carry one too). Records point at each other by ref. Loading a file again changes
  nothing; a changed record is brought up to date. What your file leaves out stays as it is.
- **Checked first, all at once.** Before the first write the whole file is checked: syntax, unknown sections and keys,
  types, refs that exist neither in the file nor in what was loaded before, and what the sections' rules demand. Every
  problem is reported together with its JSON path and what was expected:
  `invoices[3].lines[0].unit_price: expected a decimal number written as text such as "19" or "1.5", not 49.0`.
- **All or nothing.** A load is one transaction over all tenants of the file. `--dry-run` does everything, the writes
  included, and then rolls back.
- **Proof.** At its end a load compares file and database: how many records of each type, and sums of money by state
  and currency. A difference undoes the load.
- **Documents stay.** An issued invoice can't be changed by a load either; a file that tries is refused.
- **Whose is it?** A record belongs to the tenant that its `tenant` names (a ref or a host name), else to the file's
  `tenant`, else to the only tenant of the file, else to the only tenant of the database. `load --tenant REF` goes
  before the file's.
- **Plain values.** Amounts, rates and quantities are text (`"49.00"`), never JSON numbers, which are floats in most
  programs. Dates are `"2026-05-12"`, local dates of the tenant. `null` counts as left out. UTF-8, at most 256 MiB.

## A small file

"""


def example_file(importers: Sequence[Importer]) -> dict[str, Any]:
    """The sections' examples as one file that can be loaded."""
    sections = {i.section: [deepcopy(i.example)] for i in importers if i.example}
    return {"format": FORMAT, **sections}


def page(importers: Sequence[Importer]) -> str:
    """The whole page; `importers` in the order in which sections are loaded."""
    parts = [_HEAD, _json(example_file(importers)), "\n\n## Sections\n"]
    for importer in importers:
        schema = section_schema(importer)
        parts.append(f"\n### {importer.section}\n\n{inspect.getdoc(importer.schema) or ''}\n\n")
        parts.append(_json(schema) + "\n")
    return "".join(parts)


def _json(value: Any) -> str:
    return "```json\n" + json.dumps(value, indent=2, ensure_ascii=False) + "\n```"
