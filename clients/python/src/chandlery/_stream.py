"""The stream: what happens, as it happens."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, AsyncIterator, Iterable

from ._http import Settings, refused
from ._values import read, stamp
from .errors import Error, Unreachable
from .models import BotState, Candle, Fill, OrderState, Tick


@dataclass(frozen=True)
class Event:
    """Something that happened: ``kind`` is candle, tick, price, book, bot, order, lagged or reconnected, and the field of
    that name has it."""

    kind: str
    symbol: str | None = None
    #: Whether it is a past played again.
    replay: bool = False
    interval: str | None = None
    candle: Candle | None = None
    tick: Tick | None = None
    price: Decimal | None = None
    time: datetime | None = None
    #: Of a book: best bid and ask, with their quantities.
    book: dict[str, Decimal] | None = None
    bot: BotState | None = None
    order: OrderState | None = None
    #: Of an order: the trade that changed it.
    fill: Fill | None = None
    #: Of lagged: how many messages were left out, where that is known.
    missed: int | None = None


BOOK = ("bid", "bid_quantity", "ask", "ask_quantity")


def event(told: dict[str, Any]) -> Event | None:
    """A message of the server; None where it says nothing that happened."""
    kind = told["type"]
    symbol, replay = told.get("symbol"), told.get("replay", False)
    if kind == "error":
        raise refused(400, json.dumps(told).encode(), None)
    if kind == "candle":
        return Event(kind, symbol, replay, told["interval"], candle=read(Candle, told["candle"]))
    if kind == "tick":
        return Event(kind, symbol, replay, tick=read(Tick, told["tick"]))
    if kind == "price":
        return Event(kind, symbol, replay, price=Decimal(told["price"]), time=stamp(told["time"]))
    if kind == "book":
        return Event(kind, symbol, book={name: Decimal(told[name]) for name in BOOK}, time=stamp(told["time"]))
    if kind == "bot":
        return Event(kind, bot=read(BotState, told["bot"]))
    if kind == "order":
        fill = told["fill"] and read(Fill, told["fill"])
        return Event(kind, told["order"]["symbol"], order=read(OrderState, told["order"]), fill=fill)
    return Event(kind, missed=told["missed"]) if kind == "lagged" else None


async def follow(settings: Settings, topics: Iterable[str]) -> AsyncIterator[Event]:
    """Events of these topics, for ever; raises what the server refuses, and where it can't be reached for long."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

    asked = json.dumps({"op": "subscribe", "topics": list(topics)})
    address = f"ws{settings.url[4:]}/v1/stream"
    tried, again = 0, False
    while True:
        try:
            headers = settings.options["headers"]
            async with connect(address, additional_headers=headers, max_size=None) as socket:
                await socket.send(asked)
                tried = 0
                if again:
                    yield Event("reconnected")
                async for message in socket:
                    found = event(json.loads(message))
                    if found:
                        yield found
            error: Error = Unreachable(f"{address}: the connection was closed", before_sent=True)
        except InvalidStatus as status:
            answer = status.response
            error = refused(answer.status_code, bytes(answer.body or b""), answer.headers.get("Retry-After"))
        except (ConnectionClosed, WebSocketException, OSError) as broken:
            error = Unreachable(f"{address}: {broken}", before_sent=True)
        again = True
        tried += 1
        pause = settings.retry.after(error, True, tried, settings.luck())
        if pause is None:
            raise error
        await asyncio.sleep(pause)
