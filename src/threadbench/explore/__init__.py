"""Searches the interleavings of a program on the virtual runtime.

In comes a `Program` (what makes the state, the threads, what must hold) and a strategy; out comes a `Found`: a verdict
no stronger than what was visited, the table of outcomes, and the shortest schedule known for each. The engine and the
Python API use it; it knows no YAML.
"""
