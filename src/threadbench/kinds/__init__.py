"""The built-in kinds: each module is a plugin that teaches one threading behaviour, and a model for your own.

They import the public API alone (`from threadbench import …`), as any third party's plugin does. A workload goes in
through the hook `threadbench_workloads`; the registry imports a module only when a scenario names its kind.
"""
