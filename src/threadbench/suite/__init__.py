"""What the pytest plugin does once it is used: scenario files become items, Python tests explore their interleavings.

pytest's files, options and test functions come in, items and reports leave; `threadbench.pytest_plugin` imports this.
"""
