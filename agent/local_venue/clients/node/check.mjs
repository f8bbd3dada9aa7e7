// Drives the local venue with the official TypeScript client: see ../README.md. Ends with "ok: N checks".
import { ClobClient, OrderType, Side, AssetType } from "@polymarket/clob-client-v2";
import { createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { polygon } from "viem/chains";
import WebSocket from "ws";

const host = process.argv[2] ?? "http://127.0.0.1:4100";
// The public test mnemonic's account 0.
const account = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const deposit = "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50";
const signer = createWalletClient({ account, chain: polygon, transport: http(host) });
let checks = 0;

function check(name, holds, detail) {
  if (!holds) {
    console.error(`FAILED: ${name}:`, JSON.stringify(detail));
    process.exit(1);
  }
  checks += 1;
}

async function refused(name, text, call) {
  const answer = await call().catch((error) => ({ error: String(error?.message ?? error), data: error?.data }));
  check(name, JSON.stringify(answer).includes(text), answer);
}

async function userChannel(creds) {
  const events = [];
  const socket = new WebSocket(host.replace("http", "ws") + "/ws/user");
  await new Promise((done) => socket.once("open", done));
  socket.on("message", (data) => {
    const text = data.toString();
    if (text !== "PONG") events.push(...[JSON.parse(text)].flat());
  });
  const auth = { apiKey: creds.key, secret: creds.secret, passphrase: creds.passphrase };
  socket.send(JSON.stringify({ type: "user", auth, markets: [] }));
  const wait = async (wanted) => {
    for (let i = 0; i < 200; i += 1) {
      if (events.some(wanted)) return true;
      await new Promise((done) => setTimeout(done, 50));
    }
    return false;
  };
  return { wait, events, close: () => socket.close() };
}

async function run(signatureType, funderAddress) {
  const open = { host, chain: 137, signer, signatureType, funderAddress };
  const creds = await new ClobClient(open).createOrDeriveApiKey();
  check("a key", creds.key && creds.secret, creds);
  const client = new ClobClient({ ...open, creds });
  const markets = (await client.getMarkets()).data;
  const market = signatureType === 3 ? markets[1] : markets[0];
  const tokenID = market.tokens[0].token_id;
  const book = await client.getOrderBook(tokenID);
  check("best bid comes last", book.bids.at(-1).price === "0.5", book);
  check("tick", (await client.getTickSize(tokenID)) === "0.01");
  const user = await userChannel(creds);
  await new Promise((done) => setTimeout(done, 300));

  const limit = (price, size, more = {}) => client.createOrder({ tokenID, price, size, side: Side.BUY, ...more });
  const live = await client.postOrder(await limit(0.4, 10), OrderType.GTC);
  check("a GTC order rests", live.status === "live", live);
  check("PLACEMENT", await user.wait((e) => e.type === "PLACEMENT" && e.id === live.orderID), user.events);
  check("it is open", (await client.getOrder(live.orderID)).status === "LIVE");
  check("it is listed", (await client.getOpenOrders()).some((o) => o.id === live.orderID));
  const gone = await client.cancelOrder({ orderID: live.orderID });
  check("it is cancelled", gone.canceled[0] === live.orderID, gone);
  check("CANCELLATION", await user.wait((e) => e.type === "CANCELLATION" && e.id === live.orderID));
  const expiration = Math.floor(Date.now() / 1000) + 400;
  const gtd = await client.postOrder(await limit(0.42, 10, { expiration }), OrderType.GTD);
  check("a GTD order rests", gtd.status === "live", gtd);
  const all = await client.cancelAll();
  check("cancel-all", all.canceled.includes(gtd.orderID), all);

  const taken = await client.postOrder(await limit(0.53, 20), OrderType.GTC);
  check("a crossing order matches", taken.status === "matched" && taken.takingAmount === "20", taken);
  for (const status of ["MATCHED", "MINED", "CONFIRMED"]) {
    check(status, await user.wait((e) => e.id === taken.tradeIDs[0] && e.status === status), user.events);
  }
  const balance = await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenID });
  check("the tokens are there", Number(balance.balance) >= 20_000_000, balance);
  const atMarket = async (amount, side, orderType, price) =>
    client.postOrder(await client.createMarketOrder({ tokenID, amount, side, orderType, price }), orderType);
  const fok = await atMarket(10, Side.BUY, OrderType.FOK);
  check("a FOK buy fills", fok.status === "matched", fok);
  const fak = await atMarket(5, Side.SELL, OrderType.FAK);
  check("a FAK sale fills", fak.status === "matched", fak);
  await refused("a FOK without a match", "fully filled or killed", () => atMarket(500, Side.BUY, OrderType.FOK, 0.53));
  await refused("a FAK without a match", "no orders found", () => atMarket(5, Side.BUY, OrderType.FAK, 0.4));
  user.close();
}

await run(0);
await run(3, deposit);
console.log(`ok: ${checks} checks`);
process.exit(0);
