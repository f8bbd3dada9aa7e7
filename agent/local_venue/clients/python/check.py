"""Drives the local venue with the official Python client: see ../README.md. Ends with "ok: N checks"."""

import json
import sys
import threading
import time

import requests
import websocket
from py_clob_client_v2 import (
    AssetType,
    BalanceAllowanceParams,
    BookParams,
    ClobClient,
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderMarketCancelParams,
    OrderPayload,
    OrderType,
    TradeParams,
)

HOST = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4100"
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # public test mnemonic, account 0
DEPOSIT = "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50"
checks = 0


def check(name, holds, detail=""):
    global checks
    if not holds:
        sys.exit(f"FAILED: {name}: {detail}")
    checks += 1


def refused(name, text, call):
    try:
        answer = call()
    except Exception as error:  # the client raises for HTTP errors
        check(name, text in str(error), error)
        return
    check(name, text in json.dumps(answer), answer)


class UserChannel:
    def __init__(self, creds):
        self.events, self.opened = [], threading.Event()
        self.socket = websocket.create_connection(HOST.replace("http", "ws", 1) + "/ws/user")
        auth = {"apiKey": creds.api_key, "secret": creds.api_secret, "passphrase": creds.api_passphrase}
        self.socket.send(json.dumps({"type": "user", "auth": auth, "markets": []}))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            text = self.socket.recv()
            if text and text != "PONG":
                frame = json.loads(text)
                self.events.extend(frame if isinstance(frame, list) else [frame])

    def wait(self, wanted, seconds=10):
        end = time.time() + seconds
        while time.time() < end:
            for event in list(self.events):
                if wanted(event):
                    return event
            time.sleep(0.05)
        return None


def heartbeats(client):
    beat = client.post_heartbeat("")
    check("heartbeat", beat["heartbeat_id"])
    refused("a wrong heartbeat", "Invalid Heartbeat ID", lambda: client.post_heartbeat("wrong"))
    check("next heartbeat", client.post_heartbeat(beat["heartbeat_id"])["heartbeat_id"] != beat["heartbeat_id"])


def run(signature_type, funder):
    kinds = dict(host=HOST, chain_id=137, key=KEY, signature_type=signature_type, funder=funder)
    client = ClobClient(**kinds)
    creds = client.create_or_derive_api_key()
    client = ClobClient(**kinds, creds=creds)
    check("keys are listed", creds.api_key in json.dumps(client.get_api_keys()))
    check("derive gives the same key", client.derive_api_key().api_secret == creds.api_secret)
    check("not closed only", client.get_closed_only_mode() == {"closed_only": False})

    markets = client.get_markets()["data"]
    check("two markets", len(markets) == 2, markets)
    market = markets[1] if signature_type == 3 else markets[0]
    condition, token = market["condition_id"], market["tokens"][0]["token_id"]
    no_token = market["tokens"][1]["token_id"]
    book = client.get_order_book(token)
    check("best bid comes last", book["bids"][-1]["price"] == "0.5", book["bids"])
    check("best ask comes last", book["asks"][-1]["price"] == "0.53", book["asks"])
    check("books", len(client.get_order_books([BookParams(token_id=token), BookParams(token_id=no_token)])) == 2)
    check("midpoint", client.get_midpoint(token)["mid"] == "0.515")
    check("spread", client.get_spread(token)["spread"] == "0.03")
    check("price", client.get_price(token, "BUY")["price"] == "0.53")
    check("tick", client.get_tick_size(token) == "0.01")
    check("neg risk", client.get_neg_risk(token) == (signature_type == 3))

    user = UserChannel(creds)
    time.sleep(0.3)
    order = lambda price, size, side="BUY", **more: client.create_order(
        OrderArgs(token_id=token, price=price, size=size, side=side, **more))

    live = client.post_order(order(0.4, 10), OrderType.GTC)
    check("a GTC order rests", live["status"] == "live", live)
    check("PLACEMENT", user.wait(lambda e: e.get("type") == "PLACEMENT" and e["id"] == live["orderID"]), user.events)
    check("it is open", client.get_order(live["orderID"])["status"] == "LIVE")
    found = client.get_open_orders(OpenOrderParams(market=condition))
    check("it is listed", [o["id"] for o in found] == [live["orderID"]], found)
    gone = client.cancel_order(OrderPayload(orderID=live["orderID"]))
    check("it is cancelled", gone["canceled"] == [live["orderID"]], gone)
    check("CANCELLATION", user.wait(lambda e: e.get("type") == "CANCELLATION" and e["id"] == live["orderID"]))
    again = client.cancel_order(OrderPayload(orderID=live["orderID"]))
    check("a second cancel finds nothing", live["orderID"] in again["not_canceled"], again)

    same = order(0.41, 10)
    first = client.post_order(same, OrderType.GTC)
    refused("the same bytes are a duplicate", "Duplicated.", lambda: client.post_order(same, OrderType.GTC))
    gtd = client.post_order(order(0.42, 10, expiration=int(time.time()) + 400), OrderType.GTD)
    check("a GTD order rests", gtd["status"] == "live", gtd)
    refused("a short life", "invalid expiration",
            lambda: client.post_order(order(0.42, 10, expiration=int(time.time()) + 100), OrderType.GTD))
    both = client.cancel_market_orders(OrderMarketCancelParams(market=condition))
    check("both are cancelled", set(both["canceled"]) == {first["orderID"], gtd["orderID"]}, both)

    taken = client.post_order(order(0.53, 20), OrderType.GTC)
    check("a crossing order matches", taken["status"] == "matched" and taken["takingAmount"] == "20", taken)
    check("it pays the ask", taken["makingAmount"] == "10.6", taken)
    trade = taken["tradeIDs"][0]
    for status in ["MATCHED", "MINED", "CONFIRMED"]:
        check(status, user.wait(lambda e: e.get("id") == trade and e.get("status") == status), user.events)
    check("the trade is found", client.get_trades(TradeParams(id=trade))[0]["status"] == "CONFIRMED")
    held = lambda: int(client.get_balance_allowance(
        BalanceAllowanceParams(asset_type=AssetType.CONDITIONAL, token_id=token))["balance"])
    check("the tokens are there", held() == 20_000_000, held())

    market_order = lambda amount, side, kind, price=0: client.post_order(client.create_market_order(
        MarketOrderArgs(token_id=token, amount=amount, side=side, price=price, order_type=kind)), kind)
    fok = market_order(10, "BUY", OrderType.FOK)
    check("a FOK buy fills", fok["status"] == "matched", fok)
    fak = market_order(5, "SELL", OrderType.FAK)
    check("a FAK sale fills", fak["status"] == "matched" and fak["makingAmount"] == "5", fak)
    refused("a FOK without a match", "fully filled or killed",
            lambda: market_order(500, "BUY", OrderType.FOK, price=0.53))
    refused("a FAK without a match", "no orders found to match with FAK order",
            lambda: market_order(5, "BUY", OrderType.FAK, price=0.4))
    refused("post-only crosses", "order crosses book",
            lambda: client.post_order(order(0.55, 10), OrderType.GTC, post_only=True))
    refused("too small", "lower than the minimum", lambda: client.post_order(order(0.4, 2), OrderType.GTC))
    refused("too much", "not enough balance / allowance", lambda: client.post_order(order(0.4, 90_000), OrderType.GTC))

    if signature_type == 3:  # one key for both wallets: beats of the first run would cancel in the second
        heartbeats(client)
    rest = client.post_order(order(0.3, 10), OrderType.GTC)
    check("cancel-all", client.cancel_all()["canceled"] == [rest["orderID"]])
    check("notifications", client.get_notifications() == [])


run(0, None)
run(3, DEPOSIT)
state = requests.get(HOST + "/local/state", timeout=5).json()
check("money is conserved", state["imbalance"] == "0" and set(state["token_imbalance"]) == {"0"}, state["imbalance"])
print(f"ok: {checks} checks")
