"""What picks the next choice. A strategy is three methods: `begin`, `choose`, `end`; each in its own module."""
