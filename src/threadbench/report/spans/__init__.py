"""What a log shows over time: a stream of events enters once, records of spans, holds, blocks, edges and samples leave.

`follow` is all there is to call; whatever draws (terminal, trace, HTML, tables) reads its records and no state of its
own has to follow a lock. It knows events and nothing of how they are drawn.
"""

from .follow import follow
from .records import Block, Edge, Hold, Lane, Life, Mark, Record, Sample, Span

__all__ = ["Block", "Edge", "Hold", "Lane", "Life", "Mark", "Record", "Sample", "Span", "follow"]
