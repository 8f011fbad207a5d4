"""Benchmarks: commands that print ratios against a floor measured in the same run. Never a timed unit test."""
