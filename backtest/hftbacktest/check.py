"""Runs the quoter of the fast replay in hftbacktest over the same market, and compares every fill.

Both quote one order of 10 shares on each side at the touch, follow it once a second, and are filled after a latency of
50 ms by a risk-averse queue. Usage: check.py FOLDER, where FOLDER holds what the example `hftbacktest_export` wrote.
"""

import csv
import glob
import sys

import numpy as np
from numba import njit

import hftbacktest
from hftbacktest import (
    BUY,
    FILLED,
    GTX,
    LIMIT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)

SECOND = 1_000_000_000
ORDER_SHARES = 10.0
MILLS_PER_DOLLAR = 1000


@njit
def quote(hbt, seconds):
    """Gives a row (venue's time, 1 if it buys, price in mills) for every fill, and the number of orders sent."""
    fills = np.zeros((4_000_000, 3), np.int64)
    count, sent = 0, 0
    own = np.zeros(2, np.int64)  # number of the resting bid and ask, 0 for none
    at = np.zeros(2, np.int64)  # their prices in mills
    open_orders = np.zeros(64, np.int64)  # numbers not yet known to have ended, 0 for a free place
    hbt.elapse(SECOND - hbt.current_timestamp % SECOND)
    for _ in range(seconds):
        depth = hbt.depth(0)
        orders = hbt.orders(0)
        for place in range(len(open_orders)):
            number = open_orders[place]
            if number == 0:
                continue
            order = orders.get(number)
            if order is None:
                open_orders[place] = 0
            elif order.status == FILLED:
                fills[count, 0] = order.exch_timestamp
                fills[count, 1] = 1 if order.side == BUY else 0
                fills[count, 2] = order.price_tick
                count += 1
                open_orders[place] = 0
            elif not (order.cancellable or order.req != 0):
                open_orders[place] = 0
        for side in range(2):
            touch = depth.best_bid_tick if side == 0 else depth.best_ask_tick
            if own[side] != 0:
                order = orders.get(own[side])
                alive = order is not None and (order.cancellable or order.req != 0)
                if alive and at[side] == touch:
                    continue
                if alive and order.cancellable:
                    hbt.cancel(0, own[side], False)
            sent += 1
            own[side] = sent
            at[side] = touch
            for place in range(len(open_orders)):
                if open_orders[place] == 0:
                    open_orders[place] = sent
                    break
            price = touch / MILLS_PER_DOLLAR
            if side == 0:
                hbt.submit_buy_order(0, sent, price, ORDER_SHARES, GTX, LIMIT, False)
            else:
                hbt.submit_sell_order(0, sent, price, ORDER_SHARES, GTX, LIMIT, False)
        hbt.clear_inactive_orders(0)
        if hbt.elapse(SECOND) != 0:
            break
    return fills[:count], sent


def their_fills(path, last):
    asset = (
        BacktestAsset()
        .data([path])
        .linear_asset(1.0)
        .constant_order_latency(50_000_000, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(1 / MILLS_PER_DOLLAR)
        .lot_size(0.01)
    )
    first = int(np.load(path)["data"]["local_ts"][0])
    hbt = HashMapMarketDepthBacktest([asset])
    fills, sent = quote(hbt, (last - first) // SECOND)
    hbt.close()
    return sorted(tuple(int(x) for x in row) for row in fills if row[0] < last), sent


def our_fills(path, last):
    with open(path, newline="") as file:
        rows = [
            (int(row["exch_ns"]), int(row["buys"]), int(row["mills"]), int(row["shares"]))
            for row in csv.DictReader(file)
        ]
    partial = [row for row in rows if row[3] != ORDER_SHARES]
    if partial:
        sys.exit(f"check.py: {len(partial)} fills are partial, the first is {partial[0]}; the market must allow none")
    return sorted(row[:3] for row in rows if row[0] < last)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check.py FOLDER")
    folder = sys.argv[1]
    paths = glob.glob(f"{folder}/npz/*.npz")
    if len(paths) != 1:
        sys.exit(f"check.py: expected one .npz file in {folder}/npz, found {len(paths)}: run the export again")
    # Near the end one of the two may stop a second earlier.
    last = int(np.load(paths[0])["data"]["local_ts"][-1]) - 10 * SECOND
    ours = our_fills(f"{folder}/fills.csv", last)
    theirs, sent = their_fills(paths[0], last)
    print(f"hftbacktest {hftbacktest.__version__ if hasattr(hftbacktest, '__version__') else ''}: {sent} orders, {len(theirs)} fills; here {len(ours)} fills")
    for number, (one, other) in enumerate(zip(ours, theirs)):
        if one != other:
            sys.exit(f"check.py: fill {number + 1} differs: here {one}, hftbacktest {other} (time in ns, 1 buys, price in mills)")
    if len(ours) != len(theirs):
        sys.exit(f"check.py: {len(ours)} fills here, {len(theirs)} in hftbacktest")
    if not ours:
        sys.exit("check.py: nothing was filled, so nothing was compared")
    print(f"ok: {len(ours)} checks")


main()
