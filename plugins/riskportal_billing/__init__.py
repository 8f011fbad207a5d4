"""Billing, read side: invoices, payments, the open balance and when it is due, invoices as PDF.

For customers who want to know what they owe and why, and for the accountants behind them.
"""
