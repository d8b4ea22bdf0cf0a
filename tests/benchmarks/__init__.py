"""Measurements: `python -m tests.benchmarks NAME …`. They print figures and judge nothing."""
