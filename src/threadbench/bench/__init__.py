"""Measuring: cases enter, figures of how fast they run leave, with how sure they are.

Processes are timed through pyperf, whose own JSON files the results are; `measuring` is the way through it. Imported by
the command line alone, and pyperf only where a case is measured: it is the extra `bench`.
"""
