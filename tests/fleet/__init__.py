"""Tests of the stores of many machines: their export, and reports in other engines."""
