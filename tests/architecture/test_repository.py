"""What must never be in the repository: keys, registries, and paths of the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path

from house import ROOT, report, tracked

# What this run sees is what a commit made here could leak.
FORBIDDEN = {
    f"{ROOT}/": "the folder of a checkout",
    f"{Path.home()}/": "somebody's home folder",
    # Written in pieces, or this file would find itself.
    "/simple" + "/": "a package index",
    "index" + "-url =": "a package index",
    "PRIVATE" + " KEY-----": "a private key",
}
SECRETS = re.compile(r"\b(sk_live_[0-9A-Za-z]{8,}|AKIA[0-9A-Z]{16}|ghp_[0-9A-Za-z]{30,}|xox[bp]-[0-9A-Za-z-]{20,})")
BINARY = {".png", ".ttf", ".woff2", ".ico", ".pdf"}
LARGE = 400_000


def test_no_secrets_registries_or_machine_paths():
    problems = []
    for path in tracked():
        if path.suffix in BINARY:
            continue
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT)
        problems += [f"{where}: {what} ({word})" for word, what in FORBIDDEN.items() if word in text]
        problems += [f"{where}: looks like a secret ({match[0][:8]}...)" for match in SECRETS.finditer(text)]
    report(problems)


def test_no_large_or_stray_files():
    report(
        [
            f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes; large files don't belong into the repository"
            for path in tracked()
            if path.stat().st_size > LARGE
        ]
    )


def test_locks_pin_every_package_with_hashes():
    problems = []
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        for block in re.split(r"\n(?=[a-z0-9])", text):
            if block.strip() and not ("==" in block.split("\n")[0] and "--hash=sha256:" in block):
                problems.append(f"{name}: {block.splitlines()[0]!r} has no pinned version with hashes")
    report(problems)


def test_the_test_lock_agrees_with_the_run_time_lock():
    pins = {}
    for name in ("requirements-dev.lock", "requirements.lock"):
        pins[name] = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.M))
    run, dev = pins["requirements.lock"], pins["requirements-dev.lock"]
    report([f"{p}: {v} at run time, {dev.get(p)} in tests" for p, v in run.items() if dev.get(p) != v])
