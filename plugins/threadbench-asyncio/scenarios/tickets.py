"""A shop that sells tickets, and asks the bank between its look at what is left and its sale."""

import asyncio


class Shop:
    """What is left, and who has bought."""

    def __init__(self):
        self.left = 1
        self.buyers = []
        self.counter = asyncio.Lock()


async def buy(shop):
    """Buy a ticket, if one is left when looked at."""
    if shop.left:
        await asyncio.sleep(0.01)  # the bank
        shop.left -= 1
        shop.buyers.append(asyncio.current_task().get_name())


async def buy_in_turn(shop):
    """Buy a ticket, one buyer at a time."""
    async with shop.counter:
        await buy(shop)


async def buy_for_a_moment(shop):
    """Buy a ticket in turn, and go away if that takes too long."""
    try:
        async with asyncio.timeout(0.02):
            await buy_in_turn(shop)
    except TimeoutError:
        pass


def not_oversold(shop):
    """No more tickets than there are."""
    assert shop.left >= 0, f"{len(shop.buyers)} have bought 1 ticket"


def sold(shop):
    """How many have bought."""
    return {"sold": len(shop.buyers), "left": shop.left}
