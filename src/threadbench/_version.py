"""The one place that states the version (`pyproject.toml` is held to it by a test)."""

__version__ = "0.1.0"
API_VERSION = "1.0"
"""Version of the plugin API: a plugin may state the range it needs as `THREADBENCH_API = ">=1.0,<2"`."""
