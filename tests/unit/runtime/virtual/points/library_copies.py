"""Copies of standard modules, written in Python alone, and what to call in them."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

TEXT = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness,\n"
    "it was the epoch of belief -- it was the epoch of incredulity; $name said: 'Hello, ${name}!'\n\n\tAnd left.\n"
)


def copied(name: str) -> types.ModuleType:
    """Execute a standard module's source once more, where its C accelerators are missing."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin)
    module = types.ModuleType(f"copied_{name.replace('.', '_')}")
    module.__file__ = str(path)
    module.__package__ = name.rpartition(".")[0]
    sys.modules[module.__name__] = module
    absent = {"_heapq", "_bisect", "_json", "_statistics", "_decimal", "_functools", "_operator"}
    held = {other: sys.modules.get(other) for other in absent}
    try:
        sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not to be imported
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    finally:
        for other, value in held.items():
            if value is None:
                del sys.modules[other]
            else:
                sys.modules[other] = value
    return module


def _textwrap(m: Any) -> Any:
    wrapped = [m.wrap(TEXT, width) for width in (10, 20, 40, 70)]
    return wrapped, m.fill(TEXT, 30), m.shorten(TEXT, 40), m.dedent("  a\n    b\n  c"), m.indent(TEXT, "> ")


def _encoder(m: Any) -> Any:
    encoder = m.JSONEncoder(indent=2, sort_keys=True, default=str)
    data = {"a": [1, 2.5, None, True, {"b": "\u00e9\n"}], "c": (1, [2, [3, []]]), "d": 1 + 2j, "e": {}}
    return encoder.encode(data), list(m.JSONEncoder().iterencode([1, {"x": "y"}]))


def _decoder(m: Any) -> Any:
    text = '{"a": [1, 2.5e3, null, true, "\\u00e9\\n"], "b": {"c": {}}}'
    bad = []
    for broken in ("[1,", '{"a" 1}', "nul"):
        try:
            m.JSONDecoder().decode(broken)
        except ValueError as error:
            bad.append(str(error))
    return m.JSONDecoder().decode(text), m.py_scanstring('abc\\u0041"', 0), bad


def _heapq(m: Any) -> Any:
    heap: list[int] = []
    for value in [5, 3, 8, 1, 9, 2, 7]:
        m.heappush(heap, value)
    out = [m.heappop(heap) for _ in range(3)]
    m.heapify(rest := [4, 1, 3])
    return out, heap, rest, m.nlargest(2, [3, 1, 2], key=lambda x: -x), list(m.merge([1, 4], [2, 3], reverse=False))


def _bisect(m: Any) -> Any:
    values = [1, 3, 5]
    m.insort(values, 4)
    return values, m.bisect_left(values, 3), m.bisect(values, 3, key=lambda x: x)


def _collections(m: Any) -> Any:
    point = m.namedtuple("Point", "x y", defaults=[0])
    chain = m.ChainMap({"a": 1}, {"a": 2, "b": 3})
    counter = m.Counter("abracadabra")
    counter.subtract("aab")
    user = m.UserDict(a=1)
    user["b"] = 2
    row = m.UserList([3, 1, 2])
    row.sort()
    return tuple(point(1)), dict(chain), counter.most_common(2), counter + counter, dict(user), list(row), len(chain)


def _difflib(m: Any) -> Any:
    a, b = TEXT.splitlines(), TEXT.replace("was", "is").splitlines()
    return list(m.unified_diff(a, b)), list(m.ndiff(a, b)), m.get_close_matches("appel", ["ape", "apple", "peach"])


def _ast(m: Any) -> Any:
    source = (
        "@d\nclass A(B, k=1):\n    def f(self, *a, b: int = 2, **k) -> None:\n        x = [y async for y in z if y]\n"
    )
    source += "        match x:\n            case [1, *r] | {'a': b, **q}: pass\n"
    source += "        return f'{x!r:>{b}}' if a else (lambda: 1)()\n"
    tree = m.parse(source)
    return m.unparse(tree), m.dump(tree, indent=1), m.literal_eval("{'a': [1, (2, 3)]}"), len(list(m.walk(tree)))


def _graphlib(m: Any) -> Any:
    try:
        list(m.TopologicalSorter({1: [2], 2: [1]}).static_order())
    except ValueError as error:
        cycle = str(error)
    return next(m.TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"a"}}).static_order()), cycle


def _statistics(m: Any) -> Any:
    data = [1.5, 2.5, 2.5, 2.75, 3.25, 4.75]
    return (
        m.mean(data),
        m.median(data),
        m.pstdev(data),
        m.mode(data),
        m.quantiles(data),
        m.fmean(data),
        m.NormalDist(1, 2).cdf(1),
    )


def _string(m: Any) -> Any:
    return (
        m.Template(TEXT).substitute(name="Ann"),
        m.capwords("a b c"),
        m.Formatter().format("{0[1]} {a!r:>5}", [1, 2], a=3),
    )


def _fractions(m: Any) -> Any:
    f = m.Fraction
    return (
        str(f(1, 3) + f("2.5") * f(7, 9) ** 2),
        f(3.14).limit_denominator(100) == f(22, 7),
        hash(f(1, 2)),
        f(7, 3) // 1,
    )


def _pydecimal(m: Any) -> Any:
    d = m.Decimal
    with m.localcontext() as context:
        context.prec = 20
        return [
            str(value)
            for value in (d(2).sqrt(), d("1.1") / 3, d(10).ln(), d("-7") % 3, d("1e3").normalize(), d(2) ** 100)
        ]


def _configparser(m: Any) -> Any:
    parser = m.ConfigParser()
    parser.read_string("[a]\nx = 1\ny = %(x)s2\n  more\n[b]\nz: yes\n")
    return (
        {name: dict(parser[name]) for name in parser.sections()},
        parser["b"].getboolean("z"),
        parser.get("a", "q", fallback=0),
    )


def _argparse(m: Any) -> Any:
    parser = m.ArgumentParser(prog="p", description="d")
    parser.add_argument("files", nargs="+", help="h")
    parser.add_argument("-n", "--number", type=int, default=3, choices=[1, 2, 3])
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--yes", action="store_true")
    group.add_argument("--no", action="store_true")
    return vars(parser.parse_args(["a", "b", "-n2", "--yes"])), parser.format_help()


def _enum(m: Any) -> Any:
    class Color(m.Flag):
        RED = m.auto()
        BLUE = m.auto()

    return [str(Color.RED | Color.BLUE), Color(3).value, [c.name for c in Color], Color["RED"] is Color.RED]


def _random(m: Any) -> Any:
    source = m.Random(4)
    values = list(range(10))
    source.shuffle(values)
    return values, source.sample(values, 3), source.gauss(0, 1), source.choices(values, k=3)


def _contextlib(m: Any) -> Any:
    seen: list[str] = []

    @m.contextmanager
    def managed(name: str) -> Any:
        seen.append(f"+{name}")
        try:
            yield name
        except KeyError:
            seen.append("!")
        finally:
            seen.append(f"-{name}")

    with m.ExitStack() as stack:
        stack.enter_context(managed("a"))
        stack.callback(seen.append, "called")
        with managed("b"), m.suppress(ValueError):
            raise KeyError("x")
    return seen


def _functools(m: Any) -> Any:
    @m.singledispatch
    def kind(value: object) -> str:
        return "object"

    kind.register(int, lambda value: "int")

    @m.lru_cache(maxsize=2)
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return (
        kind(1),
        kind(""),
        fib(15),
        fib.cache_info()[:2],
        m.reduce(lambda a, b: a * b, [1, 2, 3]),
        m.partial(max, 3)(4),
    )


def _dataclasses(m: Any) -> Any:
    @m.dataclass(order=True)
    class Point:
        x: int
        y: list[int] = m.field(default_factory=list)

    return (
        m.asdict(Point(1, [2])),
        Point(1) < Point(2),
        repr(m.replace(Point(1), x=5)),
        [f.name for f in m.fields(Point)],
    )


def _tokenize(m: Any) -> Any:
    import io

    source = "def f(a=1):\n    return a + 'x' # c\n"
    return [(t.type, t.string) for t in m.generate_tokens(io.StringIO(source).readline)]


def _pprint(m: Any) -> Any:
    return m.pformat({"a": list(range(30)), "b": {"c": ("x" * 50, "y" * 50)}, "d": {1, 2}}, width=40)


def _ipaddress(m: Any) -> Any:
    net = m.ip_network("10.0.0.0/29")
    return [str(host) for host in net.hosts()], str(m.ip_address("::1").exploded), [str(n) for n in net.subnets(1)]


def _shlex(m: Any) -> Any:
    return m.split('a \'b c\' "d\\"e" f#g'), m.quote("it's"), list(m.shlex("x=1;y", punctuation_chars=True))


def _fnmatch(m: Any) -> Any:
    return m.translate("a[!b]*?.py"), m.filter(["a.py", "b.txt"], "*.py")


def _parse(m: Any) -> Any:
    url = "https://u:p@example.com:80/a/b;c?q=1&r=%20x#frag"
    return (
        tuple(m.urlparse(url)),
        m.parse_qs("a=1&a=2&b="),
        m.urljoin(url, "../z"),
        m.quote("a b/\u00e9"),
        m.urlencode({"a": [1, 2]}, True),
    )


def _copy(m: Any) -> Any:
    inner: list[Any] = [1]
    data = {"a": inner, "b": inner, "c": (inner, {2})}
    deep = m.deepcopy(data)
    return deep, deep["a"] is deep["b"], m.copy(data)["a"] is inner


def _sre(m: Any) -> Any:
    return [str(part) for part in m.parse("(a|b)+?[^c-e]{2,3}(?P<n>x)(?=y)").data]


def _plistlib(m: Any) -> Any:
    data = {"a": [1, 2.5, True, b"x"], "b": {"c": "d"}}
    return m.loads(m.dumps(data)), m.loads(m.dumps(data, fmt=m.FMT_BINARY))


def _calendar(m: Any) -> Any:
    return m.month(2024, 2), m.TextCalendar(6).formatyear(2023), m.isleap(2000)


def _pydatetime(m: Any) -> Any:
    moment = m.datetime(2024, 2, 29, 12, 30)
    return (
        str(moment + m.timedelta(days=366, hours=13)),
        moment.isoformat(),
        moment.strftime("%A %j"),
        moment.isocalendar()[:],
    )


def _element(m: Any) -> Any:
    root = m.Element("a", {"k": "v"})
    m.SubElement(root, "b").text = "t&<"
    return m.tostring(root), [child.tag for child in root.iter()], root.find("b").text


def _optparse(m: Any) -> Any:
    parser = m.OptionParser(prog="p")
    parser.add_option("-x", type="int", dest="x", default=2)
    options, rest = parser.parse_args(["-x", "3", "y"])
    return options.x, rest, parser.format_help()


def _queue(m: Any) -> Any:
    queue = m.PriorityQueue(3)
    for value in (3, 1, 2):
        queue.put(value)
    try:
        queue.put(9, block=False)
    except m.Full:
        full = True
    return [queue.get() for _ in range(3)], full, queue.empty()


def _weakref(m: Any) -> Any:
    class Thing:
        pass

    thing, mapping = Thing(), m.WeakValueDictionary()
    mapping["a"] = thing
    before = list(mapping.items())
    finalizer = m.finalize(thing, len, "abc")
    del thing, before
    return len(mapping), finalizer.alive


def _asyncio(m: Any) -> Any:
    import asyncio

    async def worker(queue: Any, seen: list[Any]) -> None:
        while (item := await queue.get()) is not None:
            seen.append(item)
            queue.task_done()

    async def main() -> list[Any]:
        queue, seen = m.Queue(2), list[Any]()
        task = asyncio.create_task(worker(queue, seen))
        for item in (1, 2, 3):
            await queue.put(item)
        await queue.join()
        await queue.put(None)
        await task
        return seen

    return asyncio.run(main())


CALLS: dict[str, Callable[[Any], Any]] = {
    "textwrap": _textwrap,
    "json.encoder": _encoder,
    "json.decoder": _decoder,
    "heapq": _heapq,
    "bisect": _bisect,
    "collections": _collections,
    "difflib": _difflib,
    "ast": _ast,
    "graphlib": _graphlib,
    "statistics": _statistics,
    "string": _string,
    "fractions": _fractions,
    "_pydecimal": _pydecimal,
    "configparser": _configparser,
    "argparse": _argparse,
    "enum": _enum,
    "random": _random,
    "contextlib": _contextlib,
    "functools": _functools,
    "dataclasses": _dataclasses,
    "tokenize": _tokenize,
    "pprint": _pprint,
    "ipaddress": _ipaddress,
    "shlex": _shlex,
    "fnmatch": _fnmatch,
    "urllib.parse": _parse,
    "copy": _copy,
    "re._parser": _sre,
    "plistlib": _plistlib,
    "calendar": _calendar,
    "_pydatetime" if sys.version_info >= (3, 12) else "datetime": _pydatetime,
    "xml.etree.ElementTree": _element,
    "optparse": _optparse,
    "queue": _queue,
    "weakref": _weakref,
    "asyncio.queues": _asyncio,
}
