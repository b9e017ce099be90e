"""One self-contained HTML page of a run or of searches.

Accounts, events and witnesses enter, the text of a file leaves that needs no network. The command line imports `run`
and `searches`; jinja2 is imported when a page is written, and not before.
"""
