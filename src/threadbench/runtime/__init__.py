"""Where a workload's threads live. `base` is the seam: a `Task` in, an `Ending` out; `native` is OS threads.

A runtime is handed a callable and knows no plugin; the engine imports this package.
"""
