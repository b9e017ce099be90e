"""State that no object of the program shows: what libraries keep for themselves, and what is outside of the process.

A library's function may read and write globals of its module, attributes of its classes, a file. None of that can be
told by name, since nothing in there has hooks. So it is told as one place, *what libraries keep*, and another, *the
outside*: calls of libraries that no table knows write both, and whatever is done with files, directories, the
environment and settings of the interpreter is an access of the latter. Two such calls of different threads are in a
race, and the search tries them in both orders; what lies within one of them is one step, as ever.
"""

from __future__ import annotations

import abc
import contextlib
import io
import os
import sys
import types
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual.points import contained, effects, foreign, opened
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.sites import READ, WRITE, Access

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hidden:
    """A place that stands for all state of a kind.

    Attributes:
        noun: what a person calls it.
    """

    __slots__ = ("noun",)

    def __init__(self, noun: str) -> None:
        self.noun = noun


LIBRARIES: Final = Hidden("what libraries keep")
OUTSIDE: Final = Hidden("the outside")

NONE: Final = 0
FILES: Final = 1
ALL: Final = 2
"""What code of a module, or a method of a type, may touch: nothing hidden, the outside, or whatever there is."""

_QUIET: Final = (
    (effects.CARRIERS | effects.TOLD | effects.VALUES | effects.MIXINS)
    - effects.words("unittest.mock os posixpath genericpath io tempfile shutil pathlib pathlib._local pathlib._abc")
) | effects.words(
    """
    argparse array ast base64 binascii calendar cmath codecs colorsys configparser copyreg dataclasses datetime
    decimal difflib errno fnmatch fractions graphlib hashlib hmac ipaddress itertools keyword marshal math
    optparse pydoc_data reprlib sched shlex stringprep symtable token tokenize unicodedata uuid zlib bz2 lzma
    cProfile profile pstats timeit urllib.parse http.cookies http html encodings xml.etree.ElementTree
    xml.dom.minidom opcode dis zoneinfo concurrent string.templatelib _abc _ast _bisect _blake2 _bz2 _codecs
    _collections _csv _datetime _decimal _elementtree _functools _hashlib _heapq _json _lzma _md5 _operator
    _pickle _pydatetime _pydecimal _queue _random _sha1 _sha2 _sha256 _sha512 _sha3 _sre _statistics _string
    _struct _symtable _tokenize _typing _uuid pyexpat _contextvars
    """
)
"""Modules that keep nothing from call to call that a caller could notice, but for what other tables tell of them."""
_QUIET_PACKAGES: Final = effects.TOOLS | effects.words("re json email html encodings collections importlib")
_FILES: Final = effects.words(
    """
    os posix nt posixpath ntpath genericpath io _io pathlib pathlib._local pathlib._abc glob shutil tempfile
    fileinput filecmp linecache mmap _sqlite3 sqlite3 sqlite3.dbapi2 socket _socket select selectors fcntl
    zipfile zipfile._path tarfile gzip _compression dbm _dbm _gdbm dbm.gnu dbm.ndbm dbm.dumb dbm.sqlite3 shelve
    subprocess _posixsubprocess pty tty termios pwd grp syslog resource
    """
)
"""Modules whose functions and objects keep what they do on the disk, or in the system."""

_LOOKING: Final = effects.words(
    """
    stat lstat access listdir readlink getcwd getcwdb fstat isatty fstatvfs statvfs scandir listxattr
    getxattr walk fwalk getenv getenvb get_exec_path exists isfile isdir islink isjunction ismount lexists
    getatime getctime getmtime getsize samefile sameopenfile expanduser expandvars abspath realpath relpath
    is_file is_dir is_symlink is_mount is_socket is_fifo is_block_device is_char_device is_junction read_text
    read_bytes iterdir glob rglob iglob resolve absolute cwd home owner group disk_usage which
    getlines getline cmp is_zipfile is_tarfile gettempdir getuid geteuid getgid getegid getgroups getlogin
    getpriority getloadavg
    """
)
"""Functions of these that only look."""
_NEITHER: Final = effects.words(
    """
    fspath fsencode fsdecode getpid getppid cpu_count process_cpu_count strerror urandom major minor makedev
    sysconf confstr commonprefix samestat normcase isabs join split splitext splitdrive splitroot basename
    dirname normpath commonpath _path_normpath _path_splitroot_ex _path_splitroot _get_sep _fspath
    waitstatus_to_exitcode get_terminal_size times as_posix as_uri is_absolute is_relative_to is_reserved
    joinpath match full_match relative_to with_name with_stem with_suffix with_segments text_encoding
    device_encoding uname getrandom StringIO BytesIO IncrementalNewlineDecoder
    """
)
"""Functions of these that do not even look: they work on texts, or tell what never changes."""
_BY_NAME: Final = effects.words("read parse iterparse write")
_NAMING: Final = effects.words("configparser xml.etree.ElementTree xml.dom.minidom")
"""Functions of other modules that open a file by its name."""
_SETTINGS: Final = effects.words(
    """
    setrecursionlimit setswitchinterval setdlopenflags set_int_max_str_digits
    set_coroutine_origin_tracking_depth set_asyncgen_hooks activate_stack_trampoline deactivate_stack_trampoline
    """
)
_SHOWN: Final = effects.words(
    "getrecursionlimit getswitchinterval getdlopenflags get_int_max_str_digits get_asyncgen_hooks"
)
"""Settings of the interpreter: functions of `sys`, and of `gc` there are none that a program could notice."""
_UNTOLD: Final = effects.words("register register_error unregister _unregister_error")
"""Functions that change what is read where no call tells of it."""

_kinds: dict[type, int] = {}


def forget() -> None:
    """Let go of the types met."""
    _kinds.clear()
    contained.forget()


def _reach(module: Any) -> int:
    """What code of a module may touch."""
    if type(module) is not str:
        return ALL
    if module in _QUIET:
        return NONE
    if module in _FILES:
        return FILES
    if module.partition(".")[0] in _QUIET_PACKAGES:
        return NONE
    namespace = sys.modules.get(module)
    return NONE if namespace is not None and id(vars(namespace)) in current.scopes else ALL


def _accesses(reach: int, mode: int) -> tuple[Access, ...]:
    if not reach:
        return ()
    if reach == FILES:
        return ((OUTSIDE, None, mode),)
    current.discover(opened.LIBRARIES)
    return ((LIBRARIES, None, mode), (OUTSIDE, None, mode))


def outside(mode: int) -> tuple[Access, ...]:
    """What something does that is known to be done to files."""
    return _accesses(FILES, mode)


def by_function(function: Any, owner: Any = None) -> tuple[Access, ...]:
    """What a call of Python code without hooks does.

    Args:
        function: the function or method.
        owner: what it is a method of.
    """
    plain = getattr(function, "__func__", function)
    if plain is abc.ABCMeta.register:
        opened.hide("registers a class, and isinstance() does not tell that it looks there")
    if type(plain) is not types.FunctionType:
        return _accesses(_reach(getattr(plain, "__module__", None)), WRITE)
    reach = max(_reach(plain.__module__), _reach(plain.__globals__.get("__name__")))
    if not reach and plain.__name__ in _BY_NAME and plain.__module__ in _NAMING:
        return _accesses(FILES, WRITE if plain.__name__ == "write" else READ)
    if reach == ALL and contained.contained(plain):
        reach = NONE
    if reach == FILES and plain.__name__ in _NEITHER:
        return ()
    if reach == FILES and plain.__name__ in _LOOKING:
        return _accesses(FILES, READ)
    if not reach and isinstance(owner, _MANAGERS):
        reach = _within(owner)
    return _accesses(reach, WRITE)


def by_class(kind: type) -> tuple[Access, ...]:
    """What making an object of a class does whose `__init__` and `__new__` have no hooks."""
    made = [getattr(kind, name, None) for name in ("__new__", "__init__")]
    return tuple(access for method in made if type(method) is types.FunctionType for access in by_function(method))


def by_cached(cache: Any) -> tuple[Access, ...]:
    """What a function does that is called through `functools.lru_cache`."""
    return by_function(cache.__wrapped__) if is_library(cache.__wrapped__) else ()


def by_manager(manager: Any) -> tuple[Access, ...]:
    """What entering a context manager does that a generator of a library is behind."""
    return _accesses(_within(manager), WRITE) if isinstance(manager, _MANAGERS) else ()


def by_c_function(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[Access, ...]:
    """What a call of a function or type in C does that no table knows."""
    name = getattr(function, "__name__", "")
    module = getattr(function, "__module__", None)
    if function is open:
        how = arguments[1] if len(arguments) > 1 else keywords.get("mode", "r")
        return _accesses(FILES, WRITE if type(how) is not str or not _WRITING.isdisjoint(how) else READ)
    if module == "sys":
        return _accesses(FILES, WRITE) if name in _SETTINGS else _accesses(FILES, READ) if name in _SHOWN else ()
    if module == "_codecs" and name in _UNTOLD:
        opened.hide(f"calls codecs.{name}(), and what encodes and decodes does not tell that it looks there")
    if module == "_csv" and name in _DIALECTS:
        return _accesses(FILES, READ if name in _DIALECTS_READ else WRITE)
    if type(module) is not str:
        return ()
    reach = _reach(module)
    if reach == FILES:
        return () if name in _NEITHER else _accesses(FILES, READ if name in _LOOKING else WRITE)
    # Of a type, the instances are what its methods change.
    return () if isinstance(function, type) or module == "builtins" else _accesses(reach, WRITE)


_DIALECTS_READ: Final = effects.words("list_dialects get_dialect reader writer")
_DIALECTS: Final = _DIALECTS_READ | effects.words("register_dialect unregister_dialect field_size_limit")


_WRITING: Final = frozenset("wax+")


def by_object(obj: Any, mode: int) -> tuple[Access, ...]:
    """What using an object does, of a type in C or of a library: a method, an operator, a property."""
    kind = type(obj)
    reach = _kinds.get(kind)
    if reach is None:
        reach = _kinds[kind] = _reach_of(kind)
    if reach == FILES and mode == WRITE and isinstance(obj, io.IOBase) and not _writes(obj):
        mode = READ
    if kind is types.GeneratorType:
        return _accesses(_within(obj), WRITE)
    return _accesses(reach, mode)


def _writes(file: io.IOBase) -> bool:
    how = getattr(file, "mode", None)
    return type(how) is not str or not _WRITING.isdisjoint(how)


def _reach_of(kind: type) -> int:
    if issubclass(kind, io.IOBase):
        return NONE if kind in (io.StringIO, io.BytesIO) else FILES
    if kind.__module__ in _FILES or kind is _ENVIRON:
        return NONE if foreign.in_python(kind) and kind.__module__.startswith("pathlib") else FILES
    if issubclass(kind, effects.INERT) and not issubclass(kind, tuple | str | int | float):
        return NONE
    reach = NONE
    for owner in kind.__mro__[:-1]:
        if foreign.in_python(owner):
            reach = max(reach, _reach(owner.__module__))
    return reach


_ENVIRON: Final = type(os.environ)
_MANAGERS: Final = (contextlib._GeneratorContextManager, contextlib._AsyncGeneratorContextManager)


def _within(obj: Any) -> int:
    """What the next step of a generator may touch, or a context manager that one is behind."""
    if isinstance(obj, _MANAGERS):
        obj = getattr(obj, "gen", None)
    frame = getattr(obj, "gi_frame", None)
    return NONE if frame is None or id(frame.f_globals) in current.scopes else _reach(frame.f_globals.get("__name__"))


def by_module(module: types.ModuleType) -> tuple[Access, ...]:
    """What an attribute of a module is besides, whose code has no hooks."""
    if opened.LIBRARIES not in current.opened:
        return ()
    return ((LIBRARIES, None, READ),) if _reach(module.__name__) == ALL else ()


def kept(kind: type) -> tuple[Access, ...]:
    """What an attribute of a class is besides, or of its instances, that a library may change wherever it is called."""
    if opened.LIBRARIES not in current.opened:
        return ()
    reach = _kinds.get(kind)
    if reach is None:
        reach = _kinds[kind] = _reach_of(kind)
    return ((LIBRARIES, None, READ),) if reach == ALL else ()


def is_library(function: Any) -> bool:
    """Whether a function or method has no hooks and may touch what is hidden."""
    plain = getattr(function, "__func__", function)
    return (
        type(plain) is types.FunctionType
        and id(plain.__globals__) not in current.scopes
        and bool(max(_reach(plain.__module__), _reach(plain.__globals__.get("__name__"))))
    )


def alters(value: Any) -> bool:
    """Whether a property, or another descriptor, of a library may change something when it is asked."""
    getter = value.fget if isinstance(value, property) else getattr(type(value), "__get__", None)
    return type(getter) is types.FunctionType and contained.changes(getter.__code__)


def asks(kind: type, special: str) -> bool:
    """Whether a class has such a special method of a library, that is none of those that only pass on."""
    method = getattr(kind, special, None)
    return type(method) is types.FunctionType and is_library(method)
