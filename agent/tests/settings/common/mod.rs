//! Wrong settings made by a seeded generator that knows where it put the mistake.

use quorate_agent::settings::key::Key;
use quorate_agent::settings::keys::SECTIONS;
use quorate_agent::settings::kind::Kind;

/// A settings file with one mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) body: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// Part of the message.
    pub(crate) message: String,
}

/// Steps of a linear congruential generator (Knuth's MMIX constants): the same cases everywhere.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

/// All cases, in a fixed order.
pub(crate) fn generate() -> Vec<Case> {
    let mut seeded = Seeded::new(20_261_124);
    let mut cases = Vec::new();
    values(&mut seeded, &mut cases);
    misspelt(&mut seeded, &mut cases);
    contradictions(&mut cases);
    secrets(&mut seeded, &mut cases);
    syntax(&mut cases);
    cases
}

/// Wrong values of a kind, with a part of the message.
fn wrong(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Bool => &[("\"yes\"", "is a string"), ("1", "is an integer")],
        Kind::Count => &[
            ("-1", "is negative"),
            ("1.5", "is a float"),
            ("\"12\"", "is a string"),
            ("nan", "is a float"),
            ("[1]", "is an array"),
        ],
        Kind::Number => &[
            ("nan", "not a finite number"),
            ("-inf", "not a finite number"),
            ("\"4\"", "is a string"),
            ("true", "is a boolean"),
        ],
        Kind::Duration => &[
            ("5", "is an integer"),
            ("\"5\"", "is not a duration"),
            ("\"5 seconds\"", "is not a duration"),
            ("\"-5s\"", "is not a duration"),
            ("\"20y\"", "is not a duration"),
            ("\"9999d\"", "longer than ten years"),
            ("\"\"", "is empty"),
        ],
        Kind::Percent => &[
            ("0.05", "is a float"),
            ("\"5\"", "is not a percentage"),
            ("\"-5%\"", "is negative"),
            ("\"101%\"", "more than 100%"),
            ("\"1.00001%\"", "more than 4 decimals"),
            ("\"nan%\"", "is not a decimal number"),
            ("\"1,5%\"", "is not a decimal number"),
            ("\"99999999999999999999999999999%\"", "more digits"),
        ],
        Kind::Ratio => &[
            ("-0.1", "is negative"),
            ("nan", "not a finite number"),
            ("\"much\"", "is not a decimal number"),
            ("7.5", "above the greatest value"),
        ],
        Kind::Money => &[
            ("250", "is an integer"),
            ("\"250\"", "not an amount of money"),
            ("\"$-5\"", "is negative"),
            ("\"$1.1234567\"", "more than 6 decimals"),
            ("\"$1,000\"", "is not a decimal number"),
            ("\"$99999999999\"", "more than a billion"),
            ("\"EUR 5\"", "not an amount of money"),
        ],
        Kind::Cents => &[
            ("0.1", "is a float"),
            ("\"0.1\"", "has no unit"),
            ("\"-1c\"", "is outside"),
            ("\"150c\"", "is outside"),
            ("\"1.00001c\"", "decimals"),
        ],
        Kind::Bytes => &[
            ("64", "is an integer"),
            ("\"64MB\"", "is not a size"),
            ("\"-1MiB\"", "is not a size"),
            ("\"99999999GiB\"", "is too large"),
        ],
        Kind::Time => &[
            ("\"yesterday\"", "is not a time"),
            ("\"2026-01-01\"", "is not a time"),
            ("2026-01-01T00:00:00", "is not a time"),
            ("20260101", "is an integer"),
        ],
        Kind::Loopback => &[
            ("\"0.0.0.0:8080\"", "from other machines"),
            ("\"192.168.1.4:8080\"", "from other machines"),
            ("\"[::]:8080\"", "from other machines"),
            ("\"localhost\"", "is not an address"),
            ("8080", "is an integer"),
            ("\"127.0.0.1:99999\"", "is not an address"),
        ],
        Kind::Funder => &[
            ("\"0x1234\"", "is not an address"),
            ("\"me\"", "is not an address"),
            ("true", "is a boolean"),
        ],
        Kind::Path => &[
            ("\"\"", "is empty"),
            ("12", "is an integer"),
            ("\"a\\u0000b\"", "control character"),
        ],
        Kind::Url => &[
            ("\"ftp://example.org\"", "not an http"),
            ("\"example\"", "is not an address"),
            ("[\"http://localhost\"]", "is an array"),
        ],
        Kind::Choice(_) => &[
            ("\"nonsense-word\"", "not one of the words"),
            ("7", "is an integer"),
            ("\"\"", "is empty"),
        ],
        Kind::Name => &[
            ("\"Upper Case\"", "is not a name"),
            ("\"-x\"", "is not a name"),
            ("7", "is an integer"),
        ],
        Kind::Text => &[("\"\"", "is empty"), ("\"a\\nb\"", "control character")],
        Kind::TextList => &[("\"one\"", "is a string"), ("7", "is an integer")],
        Kind::NameList => &[("7", "is an integer"), ("\"A B\"", "is not a name")],
        Kind::MarketList => &[("\"slug\"", "is a string"), ("7", "is an integer")],
        Kind::Condition => &[
            ("\"sideways\"", "is not a condition"),
            ("\"above\"", "is not a condition"),
            ("\"above -5\"", "not above 0"),
            ("100000", "is an integer"),
        ],
        Kind::Parameters => &[("\"x\"", "is a string"), ("[1]", "is an array")],
        Kind::Environment => &[("\"x\"", "is a string"), ("3", "is an integer")],
        Kind::SecretRef => &[
            ("\"hunter2\"", "does not say where"),
            ("\"fd:0\"", "file descriptor"),
            ("\"systemd:../x\"", "does not say where"),
            ("7", "is an integer"),
        ],
        Kind::TokenRef => &[
            ("\"hunter2\"", "does not say where"),
            ("\"sha256:12\"", "not a digest"),
        ],
        Kind::Speed => &[
            ("0", "is not above 0"),
            ("-1", "is not above 0"),
            ("\"fast\"", "is not a speed"),
            ("nan", "not a finite number"),
        ],
    }
}

/// Every key with two wrong values of its kind, and with a value beyond each of its bounds.
fn values(seeded: &mut Seeded, cases: &mut Vec<Case>) {
    for table in &SECTIONS {
        for key in table.keys {
            let path = table.path_of(key.name);
            let list = wrong(key.kind);
            let first = seeded.below(list.len());
            for step in 0..list.len().min(2) {
                let (value, message) = list[(first + step) % list.len()];
                if key.kind == Kind::Ratio && message.starts_with("above") && key.max.is_none() {
                    continue;
                }
                cases.push(placed(
                    seeded,
                    table.path,
                    key,
                    value,
                    message,
                    format!("{path}: {message}"),
                ));
            }
            for (value, message) in beyond(key) {
                let name = format!("{path}: {message}");
                cases.push(placed(seeded, table.path, key, &value, message, name));
            }
        }
    }
}

/// Values just beyond the bounds of a key.
fn beyond(key: &Key) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let above = |limit: &str| stretched(key.kind, limit);
    if let Some(value) = key.max.and_then(above) {
        found.push((value, "above the greatest value"));
    }
    if let Some(value) = key.ceiling.and_then(above) {
        found.push((value, "above the compiled ceiling"));
    }
    if let Some(value) = key.min.and_then(|limit| shrunk(key.kind, limit)) {
        found.push((value, "below the least value"));
    }
    let is_flag = key.kind == Kind::Bool && key.floor.is_some();
    if is_flag {
        found.push(("false".to_owned(), "below the compiled floor"));
    }
    found
}

fn stretched(kind: Kind, limit: &str) -> Option<String> {
    let bare = limit.trim_matches('"');
    match kind {
        Kind::Count => Some((bare.parse::<u64>().ok()? + 1).to_string()),
        Kind::Number => Some(format!("{:?}", bare.parse::<f64>().ok()? * 2.0)),
        Kind::Percent if bare != "100%" => Some(format!("\"{}.5%\"", bare.strip_suffix('%')?)),
        Kind::Money if bare != "$1000000000" => Some(format!("\"{bare}.01\"")),
        Kind::Cents => Some(format!("\"{}.5c\"", bare.strip_suffix('c')?)),
        Kind::Duration => Some(format!("\"{bare}1ms\"")).filter(|_| !bare.ends_with("ms")),
        _ => None,
    }
}

fn shrunk(kind: Kind, limit: &str) -> Option<String> {
    match (kind, limit) {
        (Kind::Count, _) => Some((limit.parse::<u64>().ok()?.checked_sub(1)?).to_string()),
        (Kind::Duration, _) => Some("\"1us\"".to_owned()),
        (Kind::Money, "\"$1\"") => Some("\"$0.99\"".to_owned()),
        (Kind::Cents, "\"0.1c\"") => Some("\"0.09c\"".to_owned()),
        _ => None,
    }
}

/// A file with one wrong line in it, among good ones.
fn placed(
    seeded: &mut Seeded,
    section: &str,
    key: &Key,
    value: &str,
    message: &str,
    name: String,
) -> Case {
    let mut body = String::new();
    for _ in 0..seeded.below(3) {
        body.push_str("# a comment — with letters of more than one byte\n");
    }
    if key.name != "config_version" {
        body.push_str("config_version = 1\n");
    }
    match section {
        "" => {}
        "topics" | "workers" => {
            body.push_str("[[topics]]\nname = \"other\"\nkind = \"probability\"\n\n");
            body.push_str(&item_without(section, key.name));
        }
        section => body.push_str(&format!("\n[{section}]\n")),
    }
    let indent = " ".repeat(seeded.below(4));
    let gap = [" = ", "=", "  =  "][seeded.below(3)];
    let line = body.lines().count() + 1;
    let before = format!("{indent}{}{gap}", key.name);
    let column = before.chars().count() + 1;
    body.push_str(&format!("{before}{value}"));
    body.push_str(["\n", "  # why\n", "\n\n"][seeded.below(3)]);
    Case {
        name,
        body,
        line,
        column,
        message: message.to_owned(),
    }
}

/// An item of a list with all it needs but one key.
fn item_without(section: &str, key: &str) -> String {
    let fields: &[(&str, &str)] = match section {
        "topics" => &[("name", "\"own\""), ("kind", "\"probability\"")],
        _ => worker_with(key),
    };
    let mut text = format!("[[{section}]]\n");
    for (name, value) in fields.iter().filter(|(name, _)| *name != key) {
        text.push_str(&format!("{name} = {value}\n"));
    }
    text
}

/// A worker of the kind that has a key, with all that such a worker needs.
fn worker_with(key: &str) -> &'static [(&'static str, &'static str)] {
    match key {
        "command" | "args" | "env" => &[
            ("name", "\"own\""),
            ("kind", "\"command\""),
            ("topics", "[\"other\"]"),
            ("command", "\"./model\""),
        ],
        "topic_id" => &[
            ("name", "\"own\""),
            ("kind", "\"allora\""),
            ("topics", "[\"other\"]"),
        ],
        "path" => &[
            ("name", "\"own\""),
            ("kind", "\"csv\""),
            ("topics", "[\"other\"]"),
        ],
        _ => &[
            ("name", "\"own\""),
            ("kind", "\"http\""),
            ("topics", "[\"other\"]"),
            ("url", "\"http://localhost/\""),
        ],
    }
}

/// Keys with a slip of the pen.
fn misspelt(seeded: &mut Seeded, cases: &mut Vec<Case>) {
    for table in SECTIONS
        .iter()
        .filter(|table| !table.is_list && !table.path.is_empty())
    {
        for key in table.keys {
            let mut letters: Vec<char> = key.name.chars().collect();
            if letters.len() < 5 {
                continue;
            }
            let at = seeded.below(letters.len() - 1);
            letters.remove(at);
            let slip: String = letters.into_iter().collect();
            if table.key(&slip).is_some() || seeded.below(2) == 0 {
                continue;
            }
            cases.push(Case {
                name: format!("{}: misspelt", table.path_of(key.name)),
                body: format!("config_version = 1\n[{}]\n{slip} = 1\n", table.path),
                line: 3,
                column: 1,
                message: format!("unknown key `{}.{slip}`", table.path),
            });
        }
    }
}

fn case(name: &str, body: &str, line: usize, column: usize, message: &str) -> Case {
    Case {
        name: name.to_owned(),
        body: format!("config_version = 1\n{body}"),
        line,
        column,
        message: message.to_owned(),
    }
}

/// Keys that contradict each other.
#[rustfmt::skip]
fn contradictions(cases: &mut Vec<Case>) {
    const TOPIC: &str = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n";
    let topic = |rest: &str| format!("{TOPIC}{rest}");
    let worker = |rest: &str| format!("{TOPIC}[[workers]]\nname = \"w\"\ntopics = \"a\"\n{rest}");
    cases.extend([
        case("live on a sample", "mode = \"live\"\n[account]\nkeystore = \"k\"\nsignature_type = \"eoa\"\n[data]\nsource = \"sample\"\n", 7, 10, "trades on live data only"),
        case("live without a key", "mode = \"live\"\n[account]\nsignature_type = \"eoa\"\n[data]\nsource = \"live\"\n", 2, 8, "needs account.keystore"),
        case("live without a signature type", "mode = \"live\"\n[account]\nkeystore = \"k\"\n[data]\nsource = \"live\"\n", 2, 8, "needs account.signature_type"),
        case("tape without a folder", "[data]\nsource = \"tape\"\n", 3, 10, "needs data.tape"),
        case("a folder without a tape", "[data]\ntape = \"x\"\n", 3, 8, "is for data.source = \"tape\""),
        case("a start without a tape", "[data]\nstart = 2026-01-01T00:00:00Z\n", 3, 9, "is for data.source = \"tape\""),
        case("an end before its start", "[data]\nsource = \"tape\"\ntape = \"x\"\nstart = 2026-01-02T00:00:00Z\nend = 2026-01-01T00:00:00Z\n", 6, 7, "not after data.start"),
        case("live data in a hurry", "[data]\nsource = \"live\"\nspeed = 10\n", 4, 9, "runs at speed 1"),
        case("one address twice", "[http]\nmetrics = \"127.0.0.1:8080\"\n", 3, 11, "the same address"),
        case("alarm after the stop", "[risk]\nclock_skew_alarm = \"900ms\"\nmax_clock_skew = \"500ms\"\n", 3, 20, "is above risk.max_clock_skew"),
        case("market above event", "[risk]\nmax_loss_per_event = \"3%\"\nmax_loss_per_market = \"4%\"\n", 4, 23, "is above risk.max_loss_per_event"),
        case("day above drawdown", "[risk]\nmax_drawdown = \"3%\"\nmax_daily_loss = \"4%\"\n", 4, 18, "is above risk.max_drawdown"),
        case("alarm after the halt", "[risk]\nprovisional_alarm = \"20m\"\nmax_provisional_age = \"10m\"\n", 3, 21, "is above risk.max_provisional_age"),
        case("orders of a market above all", "[risk]\nmax_open_orders = 3\nmax_open_orders_per_market = 4\n", 4, 30, "is above risk.max_open_orders"),
        case("a trim without its scheme", "[collective]\nscheme = \"mean\"\ntrim = 0.1\n", 4, 8, "no parameter of the scheme mean"),
        case("a discount beside the default scheme", "[collective]\ndiscount = 0.9\n", 3, 12, "no parameter of the scheme logit_mean"),
        case("a parameter without a scheme", &topic("p_norm = 3.0\n"), 5, 10, "needs a scheme beside it"),
        case("a price scheme for a probability", &topic("scheme = \"ml_poly\"\n"), 5, 10, "does not combine values of kind probability"),
        case("a probability scheme for a price", "[collective]\nscheme = \"lop\"\n[[topics]]\nname = \"p\"\nkind = \"price\"\n", 6, 8, "does not combine values of kind price"),
        case("labels of a probability", &topic("labels = [\"x\", \"y\"]\n"), 5, 10, "is for kind = \"labels\""),
        case("labels without labels", "[[topics]]\nname = \"l\"\nkind = \"labels\"\n", 4, 8, "needs topics.l.labels"),
        case("one label", "[[topics]]\nname = \"l\"\nkind = \"labels\"\nlabels = [\"x\"]\n", 5, 10, "fewer than two"),
        case("labels without markets enough", "[[topics]]\nname = \"l\"\nkind = \"labels\"\nlabels = [\"x\", \"y\"]\nmarkets = [\"m\"]\n", 6, 11, "1 markets for 2 labels"),
        case("a condition of a probability", &topic("condition = \"up\"\n"), 5, 13, "topics of prices"),
        case("a return without a condition", "[[topics]]\nname = \"r\"\nkind = \"log_return\"\nscheme = \"median\"\nmarkets = [\"m\"]\n", 6, 11, "need topics.r.condition"),
        case("a return with a level", "[[topics]]\nname = \"r\"\nkind = \"log_return\"\nscheme = \"median\"\ncondition = \"above 5\"\n", 6, 13, "knows no price level"),
        case("a book believed too long", &topic("book_age_max = \"1m\"\n"), 5, 16, "is above risk.max_book_age"),
        case("a window longer than its epoch", &topic("epoch = \"1m\"\nsubmission_window = \"2m\"\n"), 6, 21, "longer than the epoch"),
        case("a loss for prices", "[[topics]]\nname = \"p\"\nkind = \"price\"\nscheme = \"allora_v0.16\"\nloss = \"log_loss\"\n", 6, 8, "is for probabilities"),
        case("a loss beside a mean", &topic("scheme = \"mean\"\nloss = \"log_loss\"\n"), 6, 8, "parameter of Allora's schemes"),
        case("a market of two topics", &topic("markets = [\"m\"]\n[[topics]]\nname = \"b\"\nkind = \"probability\"\nmarkets = [\"m\"]\n"), 9, 11, "hangs on another topic"),
        case("a market twice", &topic("markets = [\"m\", \"m\"]\n"), 5, 17, "the same item twice"),
        case("a market that is none", &topic("markets = [\"good\", \"Bad Slug\"]\n"), 5, 20, "has an item that is not a market slug"),
        case("two topics of a name", &topic("[[topics]]\nname = \"a\"\nkind = \"probability\"\n"), 6, 8, "are named \"a\""),
        case("two workers of a name", &worker("kind = \"csv\"\npath = \"x\"\n[[workers]]\nname = \"w\"\ntopics = \"a\"\nkind = \"csv\"\npath = \"y\"\n"), 11, 8, "are named \"w\""),
        case("a topic without a name", "[[topics]]\nkind = \"probability\"\n", 2, 1, "missing key `topics[1].name`"),
        case("a topic without a kind", "[[topics]]\nname = \"a\"\n", 2, 1, "missing key `topics.a.kind`"),
        case("a worker without a topic", "[[workers]]\nname = \"w\"\nkind = \"csv\"\npath = \"x\"\n", 2, 1, "missing key `workers.w.topics`"),
        case("a worker of no topic", &worker("kind = \"csv\"\npath = \"x\"\n").replace("topics = \"a\"", "topics = []"), 7, 10, "is empty"),
        case("a topic that is none", &worker("kind = \"csv\"\npath = \"x\"\n").replace("topics = \"a\"", "topics = \"aa\""), 7, 10, "no topic is named \"aa\""),
        case("a url of a file", &worker("kind = \"csv\"\npath = \"x\"\nurl = \"http://localhost/\"\n"), 10, 7, "no key of a worker of kind \"csv\""),
        case("a file of a url", &worker("kind = \"http\"\nurl = \"http://localhost/\"\npath = \"x\"\n"), 10, 8, "no key of a worker of kind \"http\""),
        case("arguments of nothing", &worker("kind = \"push\"\ntoken = \"file:t\"\nargs = [\"x\"]\n"), 10, 8, "no key of a worker of kind \"push\""),
        case("polling who pushes", &worker("kind = \"push\"\ntoken = \"file:t\"\npoll_every = \"1m\"\n"), 10, 14, "no key of a worker of kind \"push\""),
        case("http without a url", &worker("kind = \"http\"\n"), 8, 8, "needs workers.w.url"),
        case("csv without a file", &worker("kind = \"csv\"\n"), 8, 8, "needs workers.w.path"),
        case("command without a program", &worker("kind = \"command\"\n"), 8, 8, "needs workers.w.command"),
        case("allora without a topic", &worker("kind = \"allora\"\n"), 8, 8, "needs workers.w.topic_id"),
        case("push without a token", &worker("kind = \"push\"\n"), 8, 8, "needs workers.w.token"),
        case("a digest that should be sent", &worker(&format!("kind = \"http\"\nurl = \"https://e.org/\"\ntoken = \"sha256:{}\"\n", "ab".repeat(32))), 10, 9, "cannot be sent"),
        case("a token in the open", &worker("kind = \"http\"\nurl = \"http://e.org/\"\ntoken = \"file:t\"\n"), 9, 7, "unencrypted"),
        case("the market counted twice", &worker("kind = \"market\"\n"), 8, 8, "it would count twice"),
        case("an unknown key of a topic", &topic("blend_wieght = 0.5\n"), 5, 1, "unknown key `topics.a.blend_wieght`"),
        case("an unknown section", "[riks]\nmax_drawdown = \"5%\"\n", 2, 2, "unknown key `riks`"),
        case("a key of another section", "[risk]\nrisk_aversion = 4.0\n", 3, 1, "unknown key `risk.risk_aversion`"),
        case("a section that is a value", "risk = 5\n", 2, 8, "risk is an integer"),
        case("topics that are one table", "[topics]\nname = \"a\"\n", 2, 1, "topics is a table"),
        case("a nested parameter", &worker("kind = \"http\"\nurl = \"http://localhost/\"\nparameters = { a = [1] }\n"), 10, 20, "no text, number, true or false"),
        case("a variable of a bad name", &worker("kind = \"command\"\ncommand = \"x\"\nenv = { \"A B\" = \"c\" }\n"), 10, 17, "letters, digits and _"),
    ]);
    cases.push(Case {
        name: "no version".to_owned(),
        body: "mode = \"paper\"\n".to_owned(),
        line: 1,
        column: 1,
        message: "missing key `config_version`".to_owned(),
    });
    cases.push(Case {
        name: "an empty file".to_owned(),
        body: String::new(),
        line: 1,
        column: 1,
        message: "missing key `config_version`".to_owned(),
    });
}

/// 64 hexadecimal digits that are nobody's key.
pub(crate) fn hex_key(seeded: &mut Seeded) -> String {
    let digits: Vec<char> = "0123456789abcdef".chars().collect();
    (0..64).map(|_| digits[seeded.below(16)]).collect()
}

/// Secrets where none belongs.
fn secrets(seeded: &mut Seeded, cases: &mut Vec<Case>) {
    let key = hex_key(seeded);
    let words =
        "abandon ability able about above absent absorb abstract absurd abuse access accident";
    let token = "Zk3".repeat(12);
    let lines = [
        (
            "a key as the name of the keystore",
            "[account]\nkeystore = \"KEY\"\n",
            3,
            12,
        ),
        (
            "a key behind 0x",
            "[account]\nkeystore = \"0xKEY\"\n",
            3,
            12,
        ),
        (
            "a key as a funder",
            "[account]\nfunder = \"0xKEY\"\n",
            3,
            10,
        ),
        (
            "a key as a password source",
            "[account]\npassword_source = \"KEY\"\n",
            3,
            19,
        ),
        (
            "a key under a name of its own",
            "[account]\nprivate_key = \"KEY\"\n",
            3,
            15,
        ),
        ("a password", "[account]\npassword = \"hunter2\"\n", 3, 12),
        ("an api key", "[data]\napi_key = \"abc\"\n", 3, 11),
        ("a token of the page", "[http]\ntoken = \"abc\"\n", 3, 9),
        (
            "a token where its source belongs",
            "[account]\npassword_source = \"TOKEN\"\n",
            3,
            19,
        ),
        (
            "the words of a wallet",
            "[account]\nkeystore = \"WORDS\"\n",
            3,
            12,
        ),
        ("a key in a comment", "# old: KEY\n", 2, 8),
        ("a key behind a value", "mode = \"paper\" # KEY\n", 2, 18),
        (
            "a token as a path",
            "[data]\nsource = \"tape\"\ntape = \"TOKEN\"\n",
            4,
            8,
        ),
        (
            "a key in a list",
            "[[topics]]\nname = \"a\"\nkind = \"labels\"\nlabels = [\"x\", \"KEY\"]\n",
            5,
            16,
        ),
    ];
    for (name, body, line, column) in lines {
        let body = body
            .replace("KEY", &key)
            .replace("TOKEN", &token)
            .replace("WORDS", words);
        cases.push(case(name, &body, line, column, "holds what looks like"));
    }
    let worker = "[[topics]]\nname = \"a\"\nkind = \"probability\"\n[[workers]]\nname = \"w\"\ntopics = \"a\"\n";
    let lines = [
        (
            "a token in an address",
            "kind = \"http\"\nurl = \"https://e.org/?token=abc\"\n",
            9,
            7,
        ),
        (
            "a user in an address",
            "kind = \"http\"\nurl = \"https://me:pw@e.org/\"\n",
            9,
            7,
        ),
        (
            "a password in arguments",
            "kind = \"command\"\ncommand = \"x\"\nargs = [\"-v\", \"--password=abc\"]\n",
            10,
            15,
        ),
        (
            "a secret in the environment",
            "kind = \"command\"\ncommand = \"x\"\nenv = { MODEL_TOKEN = \"abc\" }\n",
            10,
            23,
        ),
        (
            "a secret in parameters",
            "kind = \"http\"\nurl = \"http://localhost/\"\nparameters = { api_key = \"abc\" }\n",
            10,
            26,
        ),
    ];
    for (name, body, line, column) in lines {
        let body = format!("{worker}{body}");
        cases.push(case(name, &body, line, column, "holds what looks like"));
    }
}

/// Text that is no TOML.
#[rustfmt::skip]
fn syntax(cases: &mut Vec<Case>) {
    cases.extend([
        case("a word without quotes", "mode = paper\n", 2, 8, "not a TOML value"),
        case("no value", "mode =\n", 2, 7, "expected a value"),
        case("a key twice", "mode = \"paper\"\nmode = \"live\"\n", 3, 1, "defined twice"),
        case("a section twice", "[risk]\nmax_gross = \"5%\"\n[data]\nseed = 3\n[risk]\nmax_drawdown = \"5%\"\n", 6, 2, "defined twice"),
        case("a number of 30 digits", "[data]\nseed = 123456789012345678901234567890\n", 3, 8, "does not fit 64 bits"),
        case("an open string", "[account]\nname = \"main\n", 3, 13, ""),
        case("an open list", "[[topics]]\nname = \"a\"\nkind = \"labels\"\nlabels = [\"x\",\n", 5, 1, "unclosed array"),
    ]);
}
