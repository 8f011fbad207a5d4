"""The demo: invented companies, brought in by the portfolio loader like any other data."""
