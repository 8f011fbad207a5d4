"""A server process for the benchmarks: `python -m bench.server portal|bare SETTINGS_JSON`; prints its port."""

from __future__ import annotations

import json
import sys

from waitress import create_server

THREADS = 4


def main(kind: str, settings: dict[str, str]) -> None:
    """Serve one of the two applications, both by waitress with the same number of threads."""
    if kind == "bare":
        from bench.bare import make_app

        app = make_app(settings["riskportal.database"])
    else:
        from riskportal import main as make_portal

        app = make_portal({}, **settings)
    server = create_server(app, host="127.0.0.1", port=0, threads=THREADS, ident=None)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
