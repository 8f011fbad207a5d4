"""What billing computes and reads, and how it writes: plain values in and out, never a request.

`totals` and `states` are pure; `balances`, `invoices` and `payments` read; `writing` writes.
"""
