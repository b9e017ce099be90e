"""Virtual threads: greenlets of one OS thread, whose every switch is a choice of ours.

In comes ordinary threading code and who chooses; out comes what one schedule came to. `explore` and `run` with
`runtime: virtual` import it; it knows neither YAML nor plugins.
"""
