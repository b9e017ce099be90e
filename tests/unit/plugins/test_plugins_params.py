"""What the base of params gives to the models of plugins."""

from __future__ import annotations

from threadbench import Params


class Documented(Params):
    """A field that only a docstring describes."""

    people: int = 10
    """how many pass"""


class Inherited(Documented, use_attribute_docstrings=False):
    """A model that looks for none has those that it inherits."""

    doors: int = 1
    """how many there are"""


def test_a_docstring_below_a_field_describes_it() -> None:
    """Without a word of `Field`."""
    assert Documented.model_fields["people"].description == "how many pass"


def test_a_model_may_leave_docstrings_alone() -> None:
    """As built-in kinds do, which saves a look into their source."""
    fields = Inherited.model_fields
    assert (fields["people"].description, fields["doors"].description) == ("how many pass", None)
