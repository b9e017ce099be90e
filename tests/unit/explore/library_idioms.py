"""What threads share by way of the standard library and of other code without points: rows of a state, what reads it,
and what writes it.

`x` is the state, or a tuple of what makes it up. What is read tells of each write: before, between and after the write
of the other thread are three ends.
"""

from __future__ import annotations

BEFORE = """
import abc, argparse, array, bisect, calendar, codecs, collections, configparser, contextlib, copy, csv, dataclasses
import decimal, difflib, email.message, enum, functools, glob, graphlib, gzip, hashlib, heapq, hmac, http.cookies, io
import itertools, json, locale, logging, mmap, operator, os, pathlib, pickle, random, re, reprlib, select, shelve
import shutil, sqlite3, statistics, string, struct, sys, tempfile, textwrap, threading, types, typing
import unittest.mock, urllib.parse, warnings, weakref, zipfile, zlib, xml.etree.ElementTree as ET
import hoard
from hoard import Checked, Field, Noting, NotingMeta, Numbered, allow, made_so_far, note

def path(text="1"):
    name = os.path.join(HERE, "file")
    with open(name, "w") as file:
        file.write(text)
    other = os.path.join(HERE, "other")
    if os.path.exists(other):
        os.remove(other)
    return name

def append(name, text="2"):
    with open(name, "a") as file:
        file.write(text)

def text_of(name):
    with open(name) as file:
        return file.read()

@dataclasses.dataclass
class Point:
    v: int = 1
    w: list = dataclasses.field(default_factory=list)

@dataclasses.dataclass(order=True)
class Ordered:
    v: int = 1

class Colour(enum.Enum):
    RED = 1
    GREEN = 2

class Mine:
    def __init__(self, v=1):
        self.v = v

class Same:
    def __init__(self, v=1):
        self.v = v
    def __eq__(self, other):
        return self.v == other.v
    def __hash__(self):
        return 7

class Valued:
    value = 0

class Noisy(Mine):
    def __repr__(self):
        return f"Noisy({self.v})"

class Base(abc.ABC):
    pass

class Opts(hoard.Options):
    pass

class Below(hoard.Node):
    pass

class Users(collections.UserDict):
    pass

class Lines(collections.UserList):
    pass

class Text(collections.UserString):
    pass

class Typed(typing.NamedTuple):
    v: list

@typing.runtime_checkable
class Named(typing.Protocol):
    name: str

@typing.runtime_checkable
class Closing(typing.Protocol):
    def close(self): ...

class Shown:
    @functools.singledispatchmethod
    def shown(self, value):
        return "any"

def fresh_shown():
    return type("Shown", (Shown,), {"shown": functools.singledispatchmethod(lambda self, value: "any")})()

class Prop:
    @functools.cached_property
    def big(self):
        return [1]

def numbers_from(n):
    while True:
        yield n
        n += 1

def delegating(values):
    yield from heapq.merge(values)

@functools.singledispatch
def shown(value):
    return "any"

@contextlib.contextmanager
def raised(cell):
    cell.v += 1
    yield cell

@functools.lru_cache
def squared(n):
    return n * n

def fresh_dispatch():
    @functools.singledispatch
    def shown(value):
        return "any"
    return shown

def database():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("create table t (v)")
    return connection

def shared_database():
    name = path("")
    os.remove(name)
    first = sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=0)
    first.execute("create table t (v)")
    return first, sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=0)

def logger(handler=logging.StreamHandler):
    made, text = logging.Logger("own"), path("") if handler is logging.FileHandler else io.StringIO()
    made.addHandler(handler(text))
    return made, text, {"a": 1}

def config(text="[a]\\nv = 1\\n"):
    made = configparser.ConfigParser()
    made.read_string(text)
    return made
"""

Row = tuple[str, str, str]

OBJECTS: dict[str, Row] = {
    "a data class": ("Point()", "x.v", "x.v = 2"),
    "a data class, replaced": ("[Point()]", "dataclasses.asdict(x[0])", "x[0] = dataclasses.replace(x[0], v=2)"),
    "data classes, compared": ("Ordered()", "x < Ordered(2)", "x.v = 2"),
    "a data class in a set, by ==": ("Point()", "x == Point(2)", "x.v = 2"),
    "a list in a data class": ("Point()", "repr(x)", "x.w.append(2)"),
    "a named tuple": ("Typed([1])", "x._asdict()", "x.v.append(2)"),
    "a cached property": ("Prop()", "len(vars(x))", "x.big"),
    "a cached property, cleared": ("Prop()", "x.big", "x.big.append(1)"),
    "an lru cache": ("squared.cache_clear()", "squared.cache_info().currsize", "squared(3)"),
    "an lru cache, cleared": ("squared(3) and None", "squared.cache_info().currsize", "squared.cache_clear()"),
    "single dispatch": ("fresh_dispatch()", "x(1)", "x.register(int, lambda _: 'int')"),
    "single dispatch, looked up": ("fresh_dispatch()", "len(x.registry)", "x.register(int, lambda _: 'int')"),
    "a method with single dispatch": ("fresh_shown()", "x.shown(1)", "type(x).shown.register(int, lambda *_: 'int')"),
    "a protocol": ("Mine()", "isinstance(x, Named)", "x.name = 'a'"),
    "a protocol, among others": ("Mine()", "isinstance(x, (int, str | bool, (Closing,)))", "x.close = len"),
    "an abstract registry": ("type('Base', (abc.ABC,), {})", "issubclass(int, x)", "x.register(int)"),
    "an abstract registry, by instance": ("type('Base', (abc.ABC,), {})", "isinstance(1, x)", "x.register(int)"),
    "an attribute of an enum's member": (
        "vars(Colour.RED).pop('note', 0)",
        "getattr(Colour.RED, 'note', 0)",
        "Colour.RED.note = 2",
    ),
    "an enum's member map": ("enum.Enum('E', 'A')", "list(x.__members__)", "x._member_map_['B'] = 2"),
    "an enum, by value": ("enum.Enum('E', 'A')", "2 in x._value2member_map_", "x._value2member_map_[2] = x.A"),
    "an enum, called": (
        "enum.Enum('E', 'A')",
        "x(1).name",
        "x._value2member_map_[1] = types.SimpleNamespace(name='Z')",
    ),
    "a namespace": ("types.SimpleNamespace(v=1)", "x.v", "x.v = 2"),
    "namespaces, compared": ("types.SimpleNamespace(v=1)", "x == types.SimpleNamespace(v=2)", "x.v = 2"),
    "two namespaces, compared": (
        "(types.SimpleNamespace(v=1), types.SimpleNamespace(v=2))",
        "x[0] == x[1]",
        "x[1].v = 1",
    ),
    "a namespace, by update": ("types.SimpleNamespace(v=1)", "x.v", "x.__init__(v=2)"),
    "a namespace, by dict": ("types.SimpleNamespace(v=1)", "x.v", "vars(x).update(v=2)"),
    "parsed arguments": ("argparse.Namespace(v=1)", "x.v", "x.v = 2"),
    "parsed arguments, filled": (
        "argparse.Namespace(v=1)",
        "x.v",
        "p = argparse.ArgumentParser(); p.add_argument('--v', type=int); p.parse_args(['--v', '2'], x)",
    ),
    "parsed arguments, in": ("argparse.Namespace()", "'v' in x", "x.v = 2"),
    "a parser": ("argparse.ArgumentParser()", "x.parse_known_args([])[0]", "x.set_defaults(v=2)"),
    "a parser's option": (
        "argparse.ArgumentParser()",
        "vars(x.parse_known_args([])[0])",
        "x.add_argument('--w', default=2)",
    ),
    "a shallow copy": ("Mine([1])", "copy.copy(x).v", "x.v = 2"),
    "a deep copy": ("Mine([1])", "copy.deepcopy(x).v", "x.v.append(2)"),
    "a deep copy of attributes": ("Mine([1])", "copy.deepcopy(vars(x))", "x.v.append(2)"),
    "pickled": ("Mine([1])", "len(pickle.dumps(x))", "x.v.append(2)"),
    "a weak reference": ("[Mine()]", "weakref.ref(x[0])().v", "x[0].v = 2"),
    "a weak dictionary": ("(weakref.WeakValueDictionary(), Mine())", "len(x[0])", "x[0]['a'] = x[1]"),
    "a weak set": ("(weakref.WeakSet(), Mine())", "len(x[0])", "x[0].add(x[1])"),
    "a context manager of a generator": ("Mine()", "x.v", "with raised(x): pass"),
    "an exit stack": ("(contextlib.ExitStack(), [])", "len(x[1])", "x[0].callback(x[1].append, 1); x[0].close()"),
    "redirected output": ("io.StringIO()", "x.getvalue()", "with contextlib.redirect_stdout(x): print('a')"),
    "a message": ("email.message.Message()", "x['a']", "x['a'] = '2'"),
    "an element": ("ET.Element('a')", "x.get('k')", "x.set('k', '2')"),
    "an element's children": ("ET.Element('a')", "len(x)", "ET.SubElement(x, 'b')"),
    "a tree": ("ET.ElementTree(ET.Element('a'))", "x.getroot().tag", "x.getroot().tag = 'b'"),
    "a topological sorter": ("graphlib.TopologicalSorter()", "len(tuple(copy.copy(x).static_order()))", "x.add('a')"),
    "a string template": ("(string.Template('$a'), {'a': 1})", "x[0].substitute(x[1])", "x[1]['a'] = 2"),
    "a string template's own": ("string.Template('$a')", "x.safe_substitute(a=1)", "x.template = '$a$a'"),
    "a formatter": ("{'a': [1]}", "string.Formatter().vformat('{a}', (), x)", "x['a'].append(2)"),
    "a cookie": ("http.cookies.SimpleCookie()", "x.output()", "x['a'] = '2'"),
    "a morsel": ("http.cookies.SimpleCookie('a=1')", "x.output()", "x['a']['path'] = '/'"),
    "a differ": ("difflib.SequenceMatcher(None, 'ab', 'ab')", "x.ratio()", "x.set_seq2('cd')"),
    "shortened": ("[1]", "reprlib.repr(x)", "x.append(2)"),
    "a configuration": ("config()", "x['a']['v']", "x['a']['v'] = '2'"),
    "a configuration, by get": ("config()", "x.get('a', 'v')", "x.set('a', 'v', '2')"),
    "a configuration's sections": ("config()", "x.sections()", "x.add_section('b')"),
    "a configuration, read": ("config()", "x.get('a', 'v')", "x.read_string('[a]\\nv = 2\\n')"),
    "a configuration, in": ("config()", "x.has_option('a', 'w')", "x.read_dict({'a': {'w': 1}})"),
}

CONTAINERS: dict[str, Row] = {
    "a counter": ("collections.Counter()", "x['a']", "x.update('a')"),
    "a counter's best": ("collections.Counter('a')", "x.most_common(1)", "x.subtract('a')"),
    "counters, added": ("collections.Counter('a')", "x + collections.Counter('b')", "x['a'] += 1"),
    "a default dictionary": ("collections.defaultdict(list)", "len(x)", "x['a']"),
    "a chain": ("collections.ChainMap({}, {'a': 1})", "x['a']", "x['a'] = 2"),
    "a chain's child": ("collections.ChainMap({'a': 1})", "x.new_child()['a']", "x['a'] = 2"),
    "a chain's maps": ("collections.ChainMap({'a': 1})", "x.get('b')", "x.maps.append({'b': 2})"),
    "an ordered dictionary": ("collections.OrderedDict(a=1, b=2)", "list(x)", "x.move_to_end('a')"),
    "a user's dictionary": ("Users(a=1)", "x['a']", "x['a'] = 2"),
    "a user's dictionary, by update": ("Users(a=1)", "x.get('a')", "x.update(a=2)"),
    "a user's dictionary, by data": ("Users(a=1)", "dict(x)", "x.data['a'] = 2"),
    "a user's list": ("Lines([1])", "len(x)", "x.append(2)"),
    "a user's list, iterated": ("Lines([1])", "list(x)", "x.data.append(2)"),
    "a user's text": ("Text('a')", "x.upper()", "x.data = 'b'"),
    "a heap": ("[3, 5]", "heapq.nsmallest(1, x)", "heapq.heappush(x, 1)"),
    "bisected": ("[1, 3]", "bisect.bisect(x, 2)", "bisect.insort(x, 0)"),
    "an array": ("array.array('i', [1])", "x[0]", "x[0] = 2"),
    "an array of bytes": ("array.array('b', [1])", "bytes(x)", "x.frombytes(b'2')"),
    "packed into": ("bytearray(4)", "struct.unpack_from('i', x)", "struct.pack_into('i', x, 0, 7)"),
    "a view": ("bytearray(b'ab')", "bytes(memoryview(x))", "memoryview(x)[0] = 99"),
    "a view, cast": ("bytearray(4)", "x[0]", "memoryview(x).cast('I')[0] = 1"),
    "bytes, in a view of an array": ("array.array('i', [0])", "x[0]", "memoryview(x)[0] = 1"),
    "a buffer read into": ("(bytearray(1), io.BytesIO(b'z'))", "bytes(x[0])", "x[1].readinto(x[0])"),
    "a mean": ("[1]", "statistics.mean(x)", "x.append(3)"),
    "a mapping proxy": ("{'a': 1}", "types.MappingProxyType(x)['a']", "x['a'] = 2"),
    "a namespace of a module": ("types.ModuleType('m')", "getattr(x, 'v', 0)", "x.v = 2"),
    "sys.modules": ("sys.modules.pop('made_up', None)", "'made_up' in sys.modules", "sys.modules['made_up'] = sys"),
    "sys.path": (
        "sys.path.remove('zzz') if 'zzz' in sys.path else None",
        "'zzz' in sys.path",
        "sys.path.append('zzz')",
    ),
    "os.environ": ("os.environ.pop('ZZZ', None)", "'ZZZ' in os.environ", "os.environ['ZZZ'] = '1'"),
    "os.environ, by getenv": ("os.environ.pop('ZZZ', None)", "os.getenv('ZZZ')", "os.environ['ZZZ'] = '1'"),
    "os.environ, by get": ("os.environ.pop('ZZZ', None)", "os.environ.get('ZZZ')", "os.environ.setdefault('ZZZ', '1')"),
    "os.environ, by putenv": (
        "os.environ.pop('ZZZ', None)",
        "os.path.expandvars('$ZZZ')",
        "os.environ.update(ZZZ='1')",
    ),
    "wrapped text": ("textwrap.TextWrapper(width=9)", "x.wrap('aaa bbb')", "x.width = 3"),
    "a keyed sort": ("[Mine(1), Mine(2)]", "[m.v for m in sorted(x, key=operator.attrgetter('v'))]", "x[0].v = 3"),
    "a nested sum": ("[[1]]", "sum(map(len, x))", "x[0].append(2)"),
    "a group": ("[1, 1]", "[len(list(g)) for _, g in itertools.groupby(x)]", "x.append(1)"),
    "equal with equals within": ("[Same(1)]", "x == [Same(2)]", "x[0].v = 2"),
    "equal with equals deep within": ("[[(Same(1),)]]", "x == [[(Same(2),)]]", "x[0][0][0].v = 2"),
    "in a set of equals": ("[{(1, (Same(1),))}, Same(1)]", "(1, (Same(2),)) in x[0]", "next(iter(x[0]))[1][0].v = 2"),
    "shown within": ("{'a': [Noisy(1)]}", "f'{x}'", "x['a'][0].v = 2"),
}

ITERATORS: dict[str, Row] = {
    "a count": ("itertools.count()", "next(x)", "next(x)"),
    "a count's repr": ("itertools.count()", "repr(x)", "next(x)"),
    "a cycle": ("itertools.cycle('abcdefg')", "next(x)", "next(x)"),
    "a generator": ("numbers_from(1)", "next(x)", "next(x)"),
    "a generator, sent": ("numbers_from(1)", "next(x)", "x.send(None)"),
    "an iterator of a list": ("iter([1, 2, 3, 4])", "next(x)", "next(x)"),
    "an iterator's list": ("(lambda l: (l, iter(l)))([1, 2, 3])", "x[1].__length_hint__()", "x[0].clear()"),
    "a tee": ("itertools.tee([1, 2, 3, 4])[0]", "next(x)", "next(x)"),
    "tees": ("itertools.tee(iter([1, 2, 3, 4]))", "next(x[0])", "next(x[0])"),
    "an islice": ("(lambda c: (c, itertools.islice(c, 9)))(itertools.count())", "next(x[0])", "next(x[1])"),
    "a map over a count": ("(lambda c: (c, map(str, c)))(itertools.count())", "next(x[0])", "next(x[1])"),
    "os.scandir": (
        "[path(), os.scandir(HERE)]",
        "len(list(os.scandir(HERE)))",
        "open(os.path.join(HERE, 'other'), 'w').close()",
    ),
}

CALCULATING: dict[str, Row] = {
    "a random generator": ("random.Random(7)", "x.random()", "x.random()"),
    "a random generator, shuffling": ("(random.Random(7), [1, 2, 3])", "x[0].randint(0, 10**9)", "x[0].shuffle(x[1])"),
    "a random generator's state": ("random.Random(7)", "hash(x.getstate())", "x.seed(8)"),
    "the module's random generator": ("random.seed(7)", "random.random()", "random.random()"),
    "the module's random generator, seeded": ("random.seed(7)", "random.getstate()[1][:3]", "random.seed(8)"),
    "a hash": ("hashlib.sha256()", "x.hexdigest()", "x.update(b'a')"),
    "a keyed hash": ("hmac.new(b'k', b'', 'sha256')", "x.hexdigest()", "x.update(b'a')"),
    "a compressor": ("zlib.compressobj()", "x.copy().flush()", "x.compress(b'abc')"),
    "a decoder": ("codecs.getincrementaldecoder('utf-8')()", "x.getstate()", "x.decode(b'\\xc3')"),
    "a decimal context": ("decimal.Context(prec=3)", "x.divide(1, 3)", "x.prec = 5"),
    "a decimal context's flags": ("decimal.Context(prec=3)", "x.flags[decimal.Inexact]", "x.divide(1, 3)"),
    "a statement on a database": (
        "database()",
        "x.execute('select count(*) from t').fetchall()",
        "x.execute('insert into t values (1)')",
    ),
    "a cursor": (
        "database().cursor()",
        "x.execute('select count(*) from t').fetchall()",
        "x.execute('insert into t values (1)')",
    ),
    "two cursors": (
        "(lambda d: (d.cursor(), d.cursor()))(database())",
        "x[0].execute('select count(*) from t').fetchall()",
        "x[1].execute('insert into t values (1)')",
    ),
    "two connections": (
        "shared_database()",
        "x[0].execute('select count(*) from t').fetchall()",
        "x[1].execute('insert into t values (1)')",
    ),
    "re, its cache": ("re.purge()", "bool(re.match('a', 'a')) and len(re._cache)", "re.match('b', 'b')"),
    "urllib's tables": ("{'q': ['1']}", "urllib.parse.urlencode(x, doseq=True)", "x['q'].append('2')"),
    "a logger's level": (
        "logging.getLogger('idioms').setLevel(0)",
        "logging.getLogger('idioms').isEnabledFor(40)",
        "logging.getLogger('idioms').setLevel(50)",
    ),
    "a logger's handler": (
        "(io.StringIO(), logging.Logger('own'))",
        "(x[1].error('a'), x[0].getvalue())[1]",
        "x[1].addHandler(logging.StreamHandler(x[0]))",
    ),
    "what is logged": ("logger()", "(x[0].error('%s', x[2]), x[1].getvalue())[1]", "x[2]['b'] = 2"),
    "what is logged by an adapter": (
        "logger()",
        "(logging.LoggerAdapter(x[0]).error('%s', x[2]), x[1].getvalue())[1]",
        "x[2]['b'] = 2",
    ),
    "what a handler has written": ("logger()", "x[1].getvalue()", "x[0].log(40, 'a')"),
    "what a handler has been handed": (
        "logger()",
        "x[1].getvalue()",
        "x[0].handlers[0].handle(logging.makeLogRecord({}))",
    ),
    "a log in a file": ("logger(logging.FileHandler)", "text_of(x[1])", "x[0].error('a')"),
    "the recursion limit": ("sys.setrecursionlimit(5000)", "sys.getrecursionlimit()", "sys.setrecursionlimit(5001)"),
    "warnings' filters": ("warnings.resetwarnings()", "len(warnings.filters)", "warnings.simplefilter('ignore')"),
    "the locale": (
        "locale.setlocale(locale.LC_ALL, 'C') and None",
        "locale.setlocale(locale.LC_ALL)",
        "locale.setlocale(locale.LC_ALL, 'C.UTF-8')",
    ),
    "the csv field limit": (
        "csv.field_size_limit(100) and None",
        "csv.field_size_limit()",
        "csv.field_size_limit(200)",
    ),
    "csv dialects": (
        "csv.unregister_dialect('zz') if 'zz' in csv.list_dialects() else None",
        "len(csv.list_dialects())",
        "csv.register_dialect('zz', delimiter=';')",
    ),
    "the switch interval": ("sys.setswitchinterval(0.005)", "sys.getswitchinterval()", "sys.setswitchinterval(0.5)"),
    "a codec's error handler": (
        "codecs.register_error('zz', lambda e: ('1', e.end))",
        "'\\u1234'.encode('ascii', 'zz')",
        "codecs.register_error('zz', lambda e: ('2', e.end))",
    ),
    "a copier's registry": ("Mine([1])", "len(copy.copy(x).v)", "x.v = [1, 2]"),
    "the first day of the week": (
        "calendar.setfirstweekday(0)",
        "calendar.firstweekday()",
        "calendar.setfirstweekday(6)",
    ),
}

FILES: dict[str, Row] = {
    "a text in memory": ("io.StringIO()", "x.getvalue()", "x.write('a')"),
    "bytes in memory": ("io.BytesIO(b'abc')", "x.read(1)", "x.read(1)"),
    "a view of bytes in memory": ("io.BytesIO(b'abc')", "x.getvalue()", "x.getbuffer()[0] = 65"),
    "a wrapper over bytes": (
        "(lambda b: (b, io.TextIOWrapper(b, write_through=True)))(io.BytesIO())",
        "x[0].getvalue()",
        "x[1].write('a')",
    ),
    "a csv writer": ("(lambda f: (f, csv.writer(f)))(io.StringIO())", "x[0].getvalue()", "x[1].writerow([1])"),
    "a csv writer of dictionaries": (
        "(lambda f: (f, csv.DictWriter(f, 'a')))(io.StringIO())",
        "x[0].getvalue()",
        "x[1].writerow({'a': 1})",
    ),
    "one file object": ("open(path(), 'r+')", "x.tell()", "x.read()"),
    "one file, two objects": ("path()", "text_of(x)", "append(x)"),
    "one file, two objects that are open": (
        "(lambda p: (open(p), open(p, 'a', buffering=1)))(path(''))",
        "x[0].read()",
        "x[1].write('a\\n')",
    ),
    "one file, through paths": ("pathlib.Path(path())", "x.read_text()", "x.write_text('2')"),
    "exists": ("path()", "os.path.exists(x)", "os.remove(x)"),
    "exists, by path": ("pathlib.Path(path())", "x.exists()", "x.unlink()"),
    "size": ("path()", "os.path.getsize(x)", "append(x)"),
    "size, by stat": ("path()", "os.stat(x).st_size", "append(x)"),
    "a directory": ("[path()] and None", "sorted(os.listdir(HERE))", "open(os.path.join(HERE, 'other'), 'w').close()"),
    "a directory, by glob": (
        "[path()] and None",
        "len(glob.glob(HERE + '/*'))",
        "open(os.path.join(HERE, 'other'), 'w').close()",
    ),
    "a directory, by path": (
        "[path()] and None",
        "len(list(pathlib.Path(HERE).iterdir()))",
        "pathlib.Path(HERE, 'other').touch()",
    ),
    "a directory, walked": (
        "[path()] and None",
        "[len(f) for _, _, f in os.walk(HERE)]",
        "pathlib.Path(HERE, 'other').touch()",
    ),
    "renamed": ("path()", "os.path.exists(x)", "os.rename(x, os.path.join(HERE, 'other'))"),
    "replaced": ("path()", "os.path.isfile(x)", "os.replace(x, os.path.join(HERE, 'other'))"),
    "copied": ("path()", "os.path.exists(os.path.join(HERE, 'other'))", "shutil.copy(x, os.path.join(HERE, 'other'))"),
    "moved": ("path()", "pathlib.Path(x).is_file()", "shutil.move(x, os.path.join(HERE, 'other'))"),
    "by descriptor": ("(lambda p: (p, os.open(p, os.O_WRONLY)))(path())", "text_of(x[0])", "os.write(x[1], b'9')"),
    "truncated": ("path()", "text_of(x)", "os.truncate(x, 0)"),
    "rights": ("(lambda p: (os.chmod(p, 0o644), p)[1])(path())", "os.stat(x).st_mode", "os.chmod(x, 0o600)"),
    "the working directory": ("os.chdir('/')", "len(os.getcwd())", "os.chdir(HERE)"),
    "pickled to a file": ("path()", "os.path.getsize(x)", "with open(x, 'wb') as f: pickle.dump([1, 2], f)"),
    "json in a file": ("path('[]')", "json.loads(text_of(x))", "with open(x, 'w') as f: json.dump([1], f)"),
    "loaded json": ("path('[]')", "json.load(open(x))", "pathlib.Path(x).write_text('[1]')"),
    "printed": ("path('')", "text_of(x)", "with open(x, 'w') as f: print('a', file=f)"),
    "one shelf": ("shelve.Shelf({})", "x.get('a')", "x['a'] = 2"),
    "a configuration in a file": (
        "path('[a]\\nv = 1\\n')",
        "(lambda c: (c.read(x), c.get('a', 'v'))[1])(config())",
        "pathlib.Path(x).write_text('[a]\\nv = 2\\n')",
    ),
    "a mapped file": ("(lambda p: (p, mmap.mmap(os.open(p, os.O_RDWR), 1)))(path())", "text_of(x[0])", "x[1][0] = 57"),
    "a temporary file": ("tempfile.TemporaryFile('w+')", "x.tell()", "x.write('a')"),
    "a named temporary file": (
        "tempfile.NamedTemporaryFile('w+')",
        "os.path.getsize(x.name)",
        "(x.write('a'), x.flush())",
    ),
    "a spooled file": ("tempfile.SpooledTemporaryFile()", "x.tell()", "x.write(b'a')"),
    "a zip file": ("path()", "zipfile.is_zipfile(x)", "zipfile.ZipFile(x, 'w').close()"),
    "a gzip file": ("path('')", "os.path.getsize(x)", "with gzip.open(x, 'wb') as f: f.write(b'a')"),
    "a pipe": (
        "os.pipe()",
        "os.set_blocking(x[0], False) or len(select.select([x[0]], [], [], 0)[0])",
        "os.write(x[1], b'a')",
    ),
}

LIBRARY: dict[str, Row] = {
    "state of a class": ("hoard.reset() or hoard.Registry()", "x.names()", "x.register('a')"),
    "state of a class, two objects": (
        "hoard.reset() or (hoard.Registry(), hoard.Registry())",
        "x[0].names()",
        "x[1].register('a')",
    ),
    "a getter that counts": ("hoard.reset() or hoard.Meter()", "x.peek()", "x.reading"),
    "a getter that counts itself": ("hoard.Visits()", "x.count()", "x.visit"),
    "two getters that count": ("hoard.Visits()", "x.visit", "x.visit"),
    "__getattr__": ("hoard.Lazy()", "x.anything", "x.make('anything', 2)"),
    "__getattr__, by getattr": ("hoard.Lazy()", "getattr(x, 'anything')", "x.make('anything', 2)"),
    "__setattr__": ("hoard.reset() or object.__new__(hoard.Kept)", "x.anything", "x.anything = 2"),
    "__setattr__, two objects": (
        "hoard.reset() or (object.__new__(hoard.Kept), object.__new__(hoard.Kept))",
        "x[0].anything",
        "x[1].anything = 2",
    ),
    "setattr": ("hoard.Options()", "getattr(x, 'v', 0)", "x.fill(v=2)"),
    "setattr, of mine": ("Opts()", "x.v if hasattr(x, 'v') else 0", "x.fill(v=2)"),
    "setattr, of what is mine": ("Mine()", "x.v", "hoard.fill(x, v=2)"),
    "what hangs below": ("hoard.Node(0, hoard.Node())", "hoard.depth_of(x)", "hoard.push_down(x, 2)"),
    "what hangs below, read here": ("hoard.Node(0, hoard.Node())", "x.child.value", "hoard.push_down(x, 2)"),
    "what hangs below mine": ("Below(0, Below())", "x.child.value", "hoard.push_down(x, 2)"),
    "further functions": ("hoard.reset()", "hoard.configured()", "hoard.configure(2)"),
    "a default that is kept": ("hoard.reset()", "hoard.remember()", "hoard.remember(1)"),
    "a class method": ("hoard.reset()", "hoard.Level.shown()", "hoard.Level.up()"),
    "a class attribute": ("hoard.reset()", "hoard.Level.current", "hoard.Level.up()"),
    "entered": ("hoard.reset() or hoard.Level()", "x()", "with x: pass"),
    "compared": ("hoard.reset() or hoard.Level()", "x == 1", "hoard.Level.up()"),
    "measured": ("hoard.reset() or hoard.Level()", "len(x)", "hoard.Level.up()"),
    "true": ("hoard.reset() or hoard.Level()", "1 if x else 0", "hoard.Level.up()"),
    "shown": ("hoard.reset() or hoard.Level()", "f'{x}'", "hoard.Level.up()"),
    "shown in a list": ("hoard.reset() or [hoard.Level()]", "f'{x}'", "hoard.Level.up()"),
    "iterated": ("hoard.reset() or hoard.Level()", "hoard.Level.shown()", "for _ in x: pass"),
    "called through map": (
        "hoard.reset() or hoard.Level()",
        "list(map(hoard.Level.__len__, [x]))",
        "list(map(hoard.remember, [1])) and hoard.Level.up()",
    ),
    "called as a key": ("hoard.reset() or [1]", "hoard.remember()", "sorted(x, key=hoard.remember)"),
    "called through partial": ("hoard.reset()", "hoard.configured()", "functools.partial(hoard.configure, 2)()"),
    "called through a filter": ("hoard.reset()", "hoard.remember()", "list(filter(hoard.remember, [1]))"),
    "stepped": ("hoard.Stepper()", "next(x)", "next(x)"),
    "stepped, by for": ("hoard.Stepper()", "next(x)", "for _ in x: break"),
    "a generator of a library": ("hoard.reset() or None", "hoard.remember()", "for _ in hoard.remembering(2): pass"),
    "a generator of a library that both step": ("hoard.reset() or hoard.remembering(99)", "next(x)", "next(x)"),
    "a generator of a library, delegated to": ("[1]", "list(delegating(x))", "x.append(2)"),
    "a context manager of a library": ("hoard.reset()", "hoard.remember()", "with hoard.remembered(): pass"),
    "left": ("hoard.reset()", "hoard.remember()", "with hoard.remembered_later(): pass"),
    "a cached function of a library": (
        "hoard.reset() or hoard.cached.cache_clear()",
        "hoard.configured()",
        "hoard.cached(3)",
    ),
    "a thread of a library": (
        "hoard.reset()",
        "hoard.configured()",
        "t = threading.Thread(target=hoard.configure, args=(2,)); t.start(); t.join()",
    ),
    "a module's variable": ("hoard.reset()", "hoard.total", "hoard.raise_total()"),
    "an object that a library holds": (
        "hoard.reset() or (lambda n: (hoard.hold(n), n)[1])(hoard.Node())",
        "x.value",
        "hoard.change_held(2)",
    ),
    "an object of mine that a library holds": (
        "hoard.reset() or (lambda n: (hoard.hold(n), n)[1])(Valued())",
        "x.value",
        "hoard.change_held(2)",
    ),
    "what an object of a library holds": (
        "(lambda m, k: (k.hold(m), m, k)[1:])(Valued(), hoard.Keeper())",
        "x[0].value",
        "x[1].change(2)",
    ),
    "what hangs below what is all mine": ("Mine(Mine())", "x.v.v", "hoard.set_below(x, 2)"),
    "a mock": ("unittest.mock.Mock()", "x.call_count", "x(1)"),
    "a mock's attribute": ("unittest.mock.Mock()", "x.a.call_count", "x.a(1)"),
    "a key of a library": ("(lambda k: (k, {k: 1}))(hoard.Key())", "x[0] in x[1]", "x[0].name = 2"),
    "an instance, by a metaclass of a library": ("hoard.reset()", "isinstance(1, Checked)", "allow(int)"),
    "a subclass, by a metaclass of a library": ("hoard.reset()", "issubclass(int, Checked)", "allow(int)"),
    "a subclass that its base notes": ("hoard.reset()", "made_so_far()", "class A(Noting): name = len(str(x))"),
    "a class that its metaclass notes": ("hoard.reset()", "made_so_far()", "class A(metaclass=NotingMeta): v = str(x)"),
    "a class that an attribute notes": ("hoard.reset()", "made_so_far()", "class A: v = Field()"),
    "a class that an attribute of a module notes": ("hoard.reset()", "made_so_far()", "class A: v = hoard.Field()"),
    "a class made by type that its base notes": ("hoard.reset()", "made_so_far()", "type('A', (Noting,), {})"),
    "a class made by type that an attribute notes": (
        "hoard.reset()",
        "made_so_far()",
        "type('A', (), {'v': object.__new__(Field)})",
    ),
    "hashed": ("hoard.Key()", "hash(x)", "x.name = 2"),
    "hashed in a tuple": ("(1, (hoard.Key(), 2))", "hash(x)", "x[1][0].name = 2"),
    "hashed, by what a library keeps": ("hoard.reset() or Numbered()", "hash(x)", "note()"),
    "a default factory of a library": (
        "hoard.reset() or collections.defaultdict(hoard.remember)",
        "x.pop('a', 0) or hoard.configured()",
        "hoard.configure(2)",
    ),
}

ROWS: dict[str, Row] = {**OBJECTS, **CONTAINERS, **ITERATORS, **CALCULATING, **FILES, **LIBRARY}

FURTHER = {
    "a keyed sort",
    "a generator",
    "a generator, sent",
    "a cursor",
    "two connections",
    "pickled to a file",
    "json in a file",
    "a generator of a library",
    "tees",
}
"""Rows whose statements are several steps, so that there are more ends than these three."""

TOLD = {
    "an abstract registry": "registers a class",
    "an abstract registry, by instance": "registers a class",
    "an enum's member map": "looks at _member_map_",
    "an enum, by value": "looks at _value2member_map_",
    "an enum, called": "looks at _value2member_map_",
    "a weak reference": "makes a weak reference",
    "a weak dictionary": "makes a weakref.WeakValueDictionary",
    "a weak set": "makes a weakref.WeakSet",
    "a codec's error handler": r"calls codecs.register_error\(\)",
    "a generator of a library, delegated to": "delegates to a library's generator",
    "one shelf": "has a __del__",
    "a spooled file": "has a __del__",
    "a zip file": "has a __del__",
}
"""Rows of which a search does not claim to have seen everything, and what it says."""
