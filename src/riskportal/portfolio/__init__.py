"""The portfolio file: one JSON format that brings data in (demo, migrations, tests, live syncs).

`base` and `fields` are what the authors of importers use; `loader` checks and loads whole files.
"""
