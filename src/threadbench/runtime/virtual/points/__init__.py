"""Points: code under test that says, before it does so, what it is about to access, and where the GIL may change hands.

In come modules and callables and an observer; the code in them is replaced by the same with hooks, and put back
afterwards. The virtual runtime imports it; it knows neither threads nor schedules. What is told is over-approximated: a
read or write too many costs time, one too few would hide an interleaving.

What is not tracked:

    code that is not under test     a call of it counts as a write of every container it is given, made at the call;
                                    modules that only carry them on (`effects.CARRIERS`) touch nothing
    attributes of objects           of the code under test, that such code writes or reads which has got hold of them
                                    earlier, other than by names it stores (`borrowed`); what it is given it writes,
                                    and what hangs below that
    state inside libraries          is one place, which each call of theirs writes that no table knows (`hidden`)
    containers written in Python    of libraries: their subscripts, iteration and methods are of the whole object; what
                                    else refers to the data within (`ChainMap`) is known where a method is called
    callbacks from C code           special methods, generators and functions given to C functions that are known or
                                    unknown tell the container again when they return (`callbacks`); functions given
                                    to library code in Python do not. Callables in C that are passed on tell when they
                                    are called (`passed`), but not as attributes of what is passed on
    `functools.cached_property`     has no lock here, as since Python 3.12: on 3.11 it computes more often than it could
    caches made in functions        `cached_property` is found in modules and classes
    special attributes              `__class__`, `__code__`, `__defaults__`, special methods of classes: a store is
                                    `Current.unseen`
    built-in names                  shadowed through `globals()` or `setattr` of a module, never by a statement
    `await`, `async for`            of objects that are no code under test; asynchronous generators of it are told
    files, sockets, C objects       a method call is a write of the object and of what it holds (`contents`); all that
                                    is outside of the process is one place (`hidden`), which the terminal is no part of
    free-threaded builds            the count of references that shows a private iterator is CPython's with a GIL
"""

from __future__ import annotations

from threadbench.runtime.virtual.points.sites import (
    KEYED_READ,
    KEYED_WRITE,
    READ,
    WRITE,
    Access,
    Observer,
    Site,
)
from threadbench.runtime.virtual.points.swapping import instrumented

__all__ = ["KEYED_READ", "KEYED_WRITE", "READ", "WRITE", "Access", "Observer", "Site", "instrumented"]
