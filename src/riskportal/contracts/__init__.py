"""The vocabulary that core and modules share, so that modules never import each other.

Imports the standard library only. `money` and `records` are values, `events` are what
modules tell each other, the other files are interfaces looked up with `request.contract(...)`.
"""
