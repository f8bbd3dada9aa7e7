//! Two real processes that meet on loopback: `quorate venue`, and `quorate live` on the account that it makes ready.
//! What happened is read from where it is true: the venue's own state, and the agent's journal gone through again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quorate_agent::journal::{Intent, Note, PostResult, Reader, RealDisk, Record, SharedDisk};
use quorate_agent::runtime::recovery::{Elsewhere, go_through};
use quorate_domain::{
    AccountInput, Cash, Command, Fill, Input, OrderId, Outcome, PlaceOrder, Shares, Side, Token,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A venue that runs, with the folder of its account's instance.
pub(crate) struct Rehearsal {
    place: TempDir,
    venue: Child,
    url: String,
    suffix: String,
    wallet: String,
    agent: Option<Child>,
    sets: Vec<&'static str>,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        for child in self.agent.iter_mut().chain([&mut self.venue]) {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn program() -> Process {
    let mut program = Process::new(env!("CARGO_BIN_EXE_quorate"));
    program.env_remove("NO_COLOR").env_remove("QUORATE_LOG");
    program
}

impl Rehearsal {
    /// A venue that plays ten days of the sample world at this speed.
    pub(crate) fn start(seed: u64, speed: u32) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut venue = program()
            .args([
                "venue",
                "--json",
                "--world",
                "brief",
                "--listen",
                "127.0.0.1:0",
            ])
            .args(["--seed", &seed.to_string(), "--speed", &speed.to_string()])
            .arg("--out")
            .arg(place.path().join("instance"))
            .stdout(Stdio::piped())
            .stderr(File::create(place.path().join("venue.err")).unwrap())
            .spawn()
            .unwrap();
        let said = venue.stdout.take().unwrap();
        let mut said = serde_json::Deserializer::from_reader(said).into_iter::<Value>();
        let said = said.next().unwrap().unwrap();
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self {
            url: text("url"),
            suffix: text("suffix"),
            wallet: text("wallet"),
            venue,
            place,
            agent: None,
            sets: Vec::new(),
            http: reqwest::Client::new(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    /// The instance's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("instance")
    }

    /// From now on the agent takes at smaller edges.
    pub(crate) fn eager(&mut self) {
        self.sets = vec!["strategy.election.edge_min=0.2c", "loop.blend_weight=0.7"];
    }

    /// From now on the agent's orders rest close to what it believes, and follow it.
    pub(crate) fn resting(&mut self) {
        self.sets = vec![
            "strategy.default=quoter",
            "strategy.quoter.margin=0.5c",
            "loop.blend_weight=0.7",
        ];
    }

    /// Starts the agent.
    pub(crate) fn trade(&mut self) {
        assert!(self.agent.is_none(), "it runs already");
        let out = |name: &str| {
            let file = File::options()
                .create(true)
                .append(true)
                .open(self.place.path().join(name));
            file.unwrap()
        };
        let mut live = program();
        live.args(["live", "--confirm-live", &self.suffix, "-C"])
            .arg(self.folder())
            .stdout(out("agent.out"))
            .stderr(out("agent.err"));
        for port in ["control", "intake", "metrics"] {
            live.args(["--set", &format!("http.{port}=127.0.0.1:0")]);
        }
        for set in &self.sets {
            live.args(["--set", set]);
        }
        self.agent = Some(live.spawn().unwrap());
    }

    /// The process is gone in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        let mut agent = self.agent.take().unwrap();
        agent.kill().unwrap();
        agent.wait().unwrap();
    }

    /// Asks for a graceful end. The exit code, and how long it took.
    pub(crate) fn stop(&mut self) -> (Option<i32>, Duration) {
        let mut agent = self.agent.take().unwrap();
        let pid = rustix::process::Pid::from_child(&agent);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let asked = Instant::now();
        let ended = agent.wait().unwrap();
        (ended.code(), asked.elapsed())
    }

    /// Runs a command of the program on the instance.
    pub(crate) fn quorate(&self, words: &[&str]) {
        let ran = program()
            .args(words)
            .arg("-C")
            .arg(self.folder())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{words:?}: {ran:?}\n{}", self.story());
    }

    /// The venue's truth.
    pub(crate) fn truth(&self) -> Value {
        let asked = async {
            let said = self.http.get(format!("{}/local/state", self.url)).send();
            said.await.unwrap().text().await.unwrap()
        };
        serde_json::from_str(&self.runtime.block_on(asked)).unwrap()
    }

    /// Turns the venue's switches.
    pub(crate) fn switch(&self, what: &Value) {
        let body = what.to_string();
        let asked = async {
            let said = self.http.post(format!("{}/local/faults", self.url));
            let said = said.header("content-type", "application/json").body(body);
            said.send().await.unwrap().status()
        };
        assert!(self.runtime.block_on(asked).is_success(), "{what}");
    }

    /// No more faults, and none that goes on.
    pub(crate) fn calm(&self) {
        self.switch(&json!({"off": true}));
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, what: &str, within: u64, is_so: impl Fn(&Told) -> bool) -> Told {
        let began = Instant::now();
        loop {
            let told = Told::of(&self.folder());
            if told.as_ref().is_some_and(&is_so) {
                return told.unwrap();
            }
            assert!(
                began.elapsed() < Duration::from_secs(within),
                "not within {within} s: {what}\n{}",
                self.story()
            );
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// What the processes said, for whoever looks into a failure.
    pub(crate) fn story(&self) -> String {
        let tail = |name: &str, lines: usize| {
            let text = std::fs::read_to_string(self.place.path().join(name)).unwrap_or_default();
            let all: Vec<&str> = text.lines().collect();
            all[all.len().saturating_sub(lines)..].join("\n")
        };
        let told = Told::of(&self.folder()).map(|told| told.summary());
        format!(
            "--- venue\n{}\n--- agent\n{}\n--- journal\n{}",
            tail("venue.err", 10),
            tail("agent.err", 60),
            told.unwrap_or_default()
        )
    }

    /// Orders of the account as the venue has them, by name.
    pub(crate) fn orders_there(&self) -> BTreeMap<String, OrderThere> {
        let truth = self.truth();
        let orders = truth["orders"].as_object().unwrap();
        let ours = orders
            .values()
            .filter(|order| order["maker_address"] == self.wallet.as_str());
        ours.map(|order| {
            let there = OrderThere {
                status: order["status"].as_str().unwrap().to_owned(),
                filled: micros(&order["size_matched"]),
            };
            (order["id"].as_str().unwrap().to_owned(), there)
        })
        .collect()
    }

    /// Journal and venue say the same of every order, of the money and of every token, and nothing is open.
    pub(crate) fn agree(&self) -> Told {
        let told = Told::of(&self.folder()).unwrap();
        let there = self.orders_there();
        let names: BTreeSet<&str> = told.intents.iter().map(|i| i.hash.as_str()).collect();
        let orders: BTreeSet<OrderId> = told.intents.iter().map(|intent| intent.order).collect();
        assert_eq!(names.len(), told.intents.len(), "one name twice");
        assert_eq!(
            orders.len(),
            told.intents.len(),
            "one order, two signatures"
        );
        for (name, order) in &there {
            assert!(
                names.contains(name.as_str()),
                "{name} is not in the journal"
            );
            assert!(
                order.status != "LIVE" && order.status != "DELAYED",
                "{name} is still open\n{}",
                self.story()
            );
        }
        for intent in &told.intents {
            let filled = there.get(&intent.hash).map_or(0, |order| order.filled);
            let booked = told.filled(intent.order);
            assert_eq!(booked, filled, "{intent:?}: {}", self.story());
            told.within_intent(intent.order);
        }
        assert_eq!(
            told.open,
            0,
            "orders are open in the core\n{}",
            self.story()
        );
        let truth = self.truth();
        let account = &truth["accounts"][&self.wallet];
        let difference = i128::from(told.cash.micros()) - micros(&account["cash"]);
        assert!(
            difference.abs() <= 10_000,
            "the books have {difference} micro-dollars more\n{}",
            self.story()
        );
        for (asset, token) in &told.assets {
            let held = account["tokens"].get(asset).map_or(0, micros);
            let booked = told.held.get(token).copied().unwrap_or_default();
            assert_eq!(
                i128::from(booked.micros()),
                held,
                "{token:?}\n{}",
                self.story()
            );
        }
        for imbalance in truth["token_imbalance"].as_array().unwrap() {
            assert_eq!(micros(imbalance), 0, "the venue itself does not add up");
        }
        told
    }

    /// Every class of fault that happened, with its count.
    pub(crate) fn faults(&self) -> String {
        self.truth()["faults"].to_string()
    }
}

/// An order as the venue has it.
#[derive(Debug)]
pub(crate) struct OrderThere {
    pub(crate) status: String,
    pub(crate) filled: i128,
}

/// A decimal text in micro-units.
fn micros(value: &Value) -> i128 {
    let text = value.as_str().unwrap();
    let number: rust_decimal::Decimal = text.parse().unwrap();
    (number * rust_decimal::Decimal::from(1_000_000))
        .try_into()
        .unwrap()
}

/// What the journal tells.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) intents: Vec<Intent>,
    pub(crate) placed: BTreeMap<OrderId, PlaceOrder>,
    pub(crate) accepted: usize,
    pub(crate) refused: BTreeMap<String, usize>,
    pub(crate) ambiguous: usize,
    pub(crate) fills: Vec<Fill>,
    pub(crate) external: usize,
    pub(crate) settled: BTreeMap<String, usize>,
    pub(crate) resolved: usize,
    pub(crate) redeemed: usize,
    pub(crate) merged: usize,
    pub(crate) reconciled: usize,
    pub(crate) mismatches: usize,
    pub(crate) starts: usize,
    pub(crate) notes: Vec<Note>,
    assets: BTreeMap<String, Token>,
    cash: Cash,
    held: BTreeMap<Token, Shares>,
    open: usize,
}

impl Told {
    /// Goes through a journal, if there is one. The past is decided again on the way: it must come to the same.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let disk: SharedDisk = Arc::new(RealDisk);
        let folder = folder.join("journal");
        let mut told = Self::default();
        let records: Vec<Record> = Reader::from_start(&disk, &folder)
            .ok()?
            .map_while(|read| read.ok().map(|(_, record)| record))
            .collect();
        for record in &records {
            told.take(record);
        }
        let past = go_through::<Elsewhere>(records.into_iter().map(Ok), &mut ());
        let past = past.unwrap()?;
        let engine = past.session.engine();
        // What is matched and never becomes final moves no money at the venue.
        told.cash = engine.ledger().cash_if_void();
        told.open = engine.orders().iter().count();
        for (token, position) in engine.ledger().positions() {
            told.held.insert(token, position.confirmed);
        }
        Some(told)
    }

    fn take(&mut self, record: &Record) {
        match record {
            Record::Start(_) => self.starts += 1,
            Record::Intent(intent) => self.intents.push(intent.clone()),
            Record::Posted(posted) => match &posted.result {
                PostResult::Accepted(_) => self.accepted += 1,
                PostResult::Refused(why) => *self.refused.entry(why.clone()).or_default() += 1,
                PostResult::Unknown(_) => self.ambiguous += 1,
            },
            Record::Entry(entry) => self.hear(&entry.input),
            Record::Effects(effects) => {
                for command in &effects.commands {
                    if let Command::Place(order) = command {
                        self.placed.insert(order.id, order.clone());
                    }
                }
            }
            Record::Note(note) if note.event == "venue_market" => {
                let named: Value = serde_json::from_str(&note.text).unwrap();
                let market = serde_json::from_value(named["market"].clone()).unwrap();
                for (outcome, key) in [(Outcome::Yes, "yes"), (Outcome::No, "no")] {
                    let asset = named[key].as_str().unwrap().to_owned();
                    self.assets.insert(asset, Token { market, outcome });
                }
            }
            Record::Note(note) => self.notes.push(note.clone()),
            _ => {}
        }
    }

    fn hear(&mut self, input: &Input) {
        match input {
            Input::Resolved(_) => self.resolved += 1,
            Input::Account(AccountInput::Filled(fill)) => self.fills.push(fill.clone()),
            Input::Account(AccountInput::External(_)) => self.external += 1,
            Input::Account(AccountInput::Settled { status, .. }) => {
                *self.settled.entry(format!("{status:?}")).or_default() += 1;
            }
            Input::Account(AccountInput::Redeemed { .. }) => self.redeemed += 1,
            Input::Account(AccountInput::Merged { .. }) => self.merged += 1,
            Input::Account(AccountInput::Reconciled) => self.reconciled += 1,
            Input::Account(AccountInput::Mismatch) => self.mismatches += 1,
            _ => {}
        }
    }

    /// Executions that came to a good end.
    pub(crate) fn confirmed(&self) -> usize {
        self.settled.get("Confirmed").copied().unwrap_or_default()
    }

    /// Whether no token is left.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.held.values().all(|shares| shares.is_zero())
    }

    /// Orders that got more shares than they asked for, since their money went further.
    pub(crate) fn surplus(&self) -> usize {
        let more = |order: &&PlaceOrder| {
            i128::from(order.shares.micros()) + 10_000 < self.filled(order.id)
        };
        self.placed.values().filter(more).count()
    }

    fn filled(&self, order: OrderId) -> i128 {
        let of_it = self.fills.iter().filter(|fill| fill.order == order);
        of_it.map(|fill| i128::from(fill.shares.micros())).sum()
    }

    /// An order never got more than it was decided to get: shares, or money where it is stated in money.
    fn within_intent(&self, id: OrderId) {
        let order = &self.placed[&id];
        let filled = self.filled(id);
        let of_it = self.fills.iter().filter(|fill| fill.order == id);
        let paid: i128 = of_it
            .map(|fill| i128::from(fill.shares.micros()) * i128::from(fill.price.micros()))
            .sum();
        let dust = 10_000;
        let most = i128::from(order.shares.micros()) + dust;
        let is_stated_in_money = order.side == Side::Buy && !order.time_in_force.rests();
        if is_stated_in_money {
            assert!(
                paid <= most * i128::from(order.limit.micros()),
                "{order:?} cost {paid}"
            );
        } else {
            assert!(filled <= most, "{order:?} got {filled}");
        }
    }

    /// In a few lines.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} starts, {} intents, {} accepted, {} in doubt, refused {:?}\n{} fills ({} external), settled {:?}, {} \
             resolved, {} redeemed, {} merged\n{} reconciled, {} mismatches, {} open, cash {}, notes {:?}",
            self.starts,
            self.intents.len(),
            self.accepted,
            self.ambiguous,
            self.refused,
            self.fills.len(),
            self.external,
            self.settled,
            self.resolved,
            self.redeemed,
            self.merged,
            self.reconciled,
            self.mismatches,
            self.open,
            self.cash,
            self.notes
        )
    }
}
