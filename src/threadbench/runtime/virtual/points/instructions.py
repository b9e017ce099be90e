"""Which instructions are points, which slots of the stack their hooks are given, and what their sites are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from threadbench.runtime.virtual.points import attributes, items, variables

Hook = Callable[..., Any]

WHOLE: Final[dict[str, tuple[int, Hook, str]]] = {
    "UNPACK_SEQUENCE": (1, items.consumed, "unpacking"),
    "UNPACK_EX": (1, items.consumed, "unpacking"),
    "LIST_EXTEND": (1, items.consumed, "unpacking"),
    "SET_UPDATE": (1, items.consumed, "unpacking"),
    "DICT_UPDATE": (1, items.consumed, "unpacking"),
    "DICT_MERGE": (1, items.consumed, "unpacking"),
    "GET_LEN": (1, items.whole_read, "match"),
    "MATCH_KEYS": (2, items.whole_read, "match"),
    "BINARY_SLICE": (3, items.sliced, "item"),
    "FORMAT_SIMPLE": (1, items.deep_read, "format"),
    "FORMAT_WITH_SPEC": (2, items.deep_read, "format"),
    "CONVERT_VALUE": (1, items.deep_read, "format"),
    "TO_BOOL": (1, items.whole_read, "truth"),
    "UNARY_NOT": (1, items.whole_read, "truth"),
    "UNARY_NEGATIVE": (1, items.alone, "operation"),
    "UNARY_POSITIVE": (1, items.alone, "operation"),
    "UNARY_INVERT": (1, items.alone, "operation"),
}
"""Instructions that take one slot as a whole: its depth, the hook, the kind of site."""

SLOTS: Final[dict[str, tuple[tuple[int, ...], Hook, str]]] = {
    "BINARY_SUBSCR": ((2, 1), items.item_read, "item"),
    "STORE_SUBSCR": ((3, 2, 1), items.item_write, "item"),
    "DELETE_SUBSCR": ((2, 1), items.item_delete, "item"),
    "STORE_SLICE": ((4, 3), items.slice_write, "item"),
    "CONTAINS_OP": ((2, 1), items.membership, "membership"),
    "COMPARE_OP": ((2, 1), items.compared, "comparison"),
    "MATCH_CLASS": ((3, 2, 1), items.matched_class, "match"),
}
"""Instructions on several slots: their depths."""

NAMES: Final[dict[str, tuple[Hook, str]]] = {
    "LOAD_ATTR": (attributes.attribute_read, "attribute"),
    "LOAD_METHOD": (attributes.attribute_read, "attribute"),
    "IMPORT_FROM": (attributes.attribute_read, "attribute"),
    "STORE_ATTR": (attributes.attribute_write, "attribute"),
    "DELETE_ATTR": (attributes.attribute_delete, "attribute"),
    "LOAD_SUPER_ATTR": (attributes.super_read, "attribute"),
    "LOAD_GLOBAL": (variables.global_read, "global"),
    "LOAD_NAME": (variables.global_read, "global"),
    "LOAD_FROM_DICT_OR_GLOBALS": (variables.global_read, "global"),
    "STORE_GLOBAL": (variables.global_write, "global"),
    "DELETE_GLOBAL": (variables.global_delete, "global"),
}
"""Instructions that name an attribute or a global."""

ITEM_GLOBALS: Final[dict[Hook, Hook]] = {
    variables.global_read: variables.item_global_read,
    variables.global_write: variables.item_global_write,
    variables.global_delete: variables.item_global_delete,
}
"""The hooks of globals where code under test reaches them as items of a namespace too."""

CELLS: Final[dict[str, Hook]] = {
    "LOAD_DEREF": variables.cell_read,
    "LOAD_CLASSDEREF": variables.cell_read,
    "LOAD_FROM_DICT_OR_DEREF": variables.cell_read,
    "STORE_DEREF": variables.cell_write,
    "DELETE_DEREF": variables.cell_write,
}
"""Instructions on closure variables."""

BOOLEAN: Final = frozenset(["COMPARE_OP", "CONTAINS_OP", "IS_OP", "UNARY_NOT", "TO_BOOL"])
"""Instructions whose result is no container, but for comparisons that a library defines."""
