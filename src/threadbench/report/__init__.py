"""What a person or a machine reads about runs: text, JSON, JUnit XML and annotations on GitHub.

An event log, or the closing line that a run has just written to one, enters; lines and documents leave.
The command line imports this package; it knows no runtime, no scenario file and no plugin.
"""
