"""API ranges."""

import pytest

from threadbench.plugins.compatibility import supports


@pytest.mark.parametrize(
    "wanted",
    [
        ">=1.0",
        ">=1",
        "==1",
        "==1.0.0",
        "<2",
        "<=1.0",
        ">0.9",
        "!=1.1",
        ">=1.0,<2",
        " >= 1.0 , < 2 ",
        ">=0.9,!=0.95,<1.1",
    ],
)
def test_a_range_that_contains_the_version_holds(wanted):
    """Every comparison of the list has to hold, and 1 is 1.0."""
    assert supports(wanted, "1.0")


@pytest.mark.parametrize("wanted", [">=2", ">1.0", ">1", "<1", "==1.1", "!=1", ">=1.0,<1.0", "<2,>=1.1"])
def test_a_range_that_lacks_the_version_does_not_hold(wanted):
    """One comparison that fails is enough."""
    assert not supports(wanted, "1.0")


def test_versions_are_numbers_not_text():
    """1.10 is later than 1.9."""
    assert supports(">=1.9", "1.10")
    assert not supports("<1.9", "1.10")


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "1.0",
        ">=",
        ">=1.0,",
        ">=1.x",
        "~=1.0",
        ">=1.0 <2",
        "=>1",
        ">=1.0rc1",
        ">=-1",
        "==1.*",
        ">=1.0;<2",
        1.0,
        (1, 0),
    ],
)
def test_what_is_no_range_is_an_error_even_where_the_rest_decides(wanted):
    """A malformed range is never taken for a range that does or does not hold."""
    with pytest.raises(ValueError, match=r"such as '>=1\.0,<2'"):
        supports(wanted, "1.0")


def test_a_malformed_part_is_found_behind_one_that_fails():
    """The whole range is read, also when its first comparison fails already."""
    with pytest.raises(ValueError, match="is not a range"):
        supports(">=2,nonsense", "1.0")
