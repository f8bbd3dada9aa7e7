//! `quorate workers`: adding, listing and testing workers.

use std::net::TcpListener;

use crate::common::Workshop;
use sha2::{Digest, Sha256};

const SETTINGS: &str = "\
# mine, and to be left as it is
config_version = 1

[data]
source = \"tape\"
tape = \"tape\"

[[topics]]
name = \"coin\"
kind = \"price\"   # dollars
scheme = \"median\"";

fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("quorate.toml", SETTINGS);
    workshop
}

#[test]
fn a_push_worker_gets_a_token_that_only_its_digest_remembers() {
    let workshop = workshop();
    let words = [
        "workers", "add", "mine", "--kind", "push", "--topic", "coin", "--json",
    ];
    let json = workshop.quorate(&words).ok().json();
    let token = json["token"].as_str().unwrap();
    let text = workshop.read("quorate.toml");
    let digest: String = Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(text.starts_with(SETTINGS), "{text}");
    assert!(
        text.contains(&format!("token = \"sha256:{digest}\"")),
        "{text}"
    );
    assert!(!text.contains(token), "{text}");
    workshop.quorate(&["config", "check", "quorate.toml"]).ok();

    let other = workshop.quorate(&[
        "workers", "add", "other", "--kind", "push", "--topic", "coin",
    ]);
    assert!(other.ok().stdout.contains("export QUORATE_TOKEN="));
    workshop
        .quorate(&words)
        .fails(3, &["a worker named `mine`"]);
    workshop.quorate(&["workers", "test", "mine"]).ok();
}

#[test]
fn a_topic_of_the_tape_is_added_with_its_worker() {
    let workshop = workshop();
    let json = workshop
        .quorate(&[
            "workers", "add", "a", "--kind", "push", "--topic", "weather", "--json",
        ])
        .ok()
        .json();
    assert_eq!(json["topics_added"][0], "weather");
    let list = workshop.quorate(&["topics", "list", "--json"]).ok().json();
    assert_eq!(list["topics"][1]["workers"][0], "a");
    let text = workshop.read("quorate.toml");
    workshop
        .quorate(&["workers", "add", "b", "--kind", "push", "--topic", "wether"])
        .fails(
            4,
            &["no topic is named `wether`", "did you mean `weather`?"],
        );
    assert_eq!(workshop.read("quorate.toml"), text);
}

#[test]
fn what_the_settings_would_refuse_is_not_written() {
    let workshop = workshop();
    let add = |words: &[&str]| workshop.quorate(&[&["workers", "add"], words].concat());
    add(&["No Name", "--kind", "push", "--topic", "coin"]).fails(3, &["quorate.toml:", "name"]);
    add(&["x", "--kind", "http", "--topic", "coin"]).fails(2, &["--url"]);
    let alien = ["x", "--kind", "push", "--topic", "coin", "--path", "p.csv"];
    add(&alien).fails(2, &["--path is for workers of --kind csv"]);
    add(&["x", "--kind", "http", "--topic", "coin", "--url", "ftp://x"])
        .fails(3, &["quorate.toml:"]);
    assert_eq!(workshop.read("quorate.toml"), SETTINGS);
    let missing = workshop.quorate(&["workers", "list", "-C", "nowhere"]);
    missing.fails(4, &["there is no instance in nowhere", "quorate init"]);
}

#[test]
fn a_test_tells_what_would_become_of_an_answer() {
    let workshop = workshop();
    // A port that nobody listens on any more.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let command = |name: &str, script: &str| {
        format!(
            "\n[[workers]]\nname = \"{name}\"\nkind = \"command\"\ntopics = \"coin\"\ncommand = \"sh\"\n\
             args = [\"-c\", \"{script}\"]\n"
        )
    };
    let text = [
        SETTINGS.to_owned(),
        command("good", "echo 65000"),
        command("negative", "echo -3"),
        command("slow", "sleep 20") + "timeout = \"200ms\"\n",
        command("told", "echo $QUORATE_WHAT") + "parameters = { what = 7 }\n",
        format!(
            "\n[[workers]]\nname = \"gone\"\nkind = \"http\"\ntopics = \"coin\"\n\
             url = \"http://127.0.0.1:{port}/x\"\n"
        ),
    ];
    workshop.write("quorate.toml", &text.concat());
    let test = |name: &str| workshop.quorate(&["workers", "test", name]);
    let good = test("good").ok().stdout;
    assert!(
        good.contains("\"quantity\":\"price\"") && good.contains("65000"),
        "{good}"
    );
    assert!(test("told").ok().stdout.contains("came back   7"));
    for (name, exit, part) in [
        ("negative", 10, "refused (out_of_range)"),
        ("slow", 8, "absent (timeout)"),
        ("gone", 7, "absent (unreachable)"),
    ] {
        let ended = test(name);
        assert_eq!(ended.exit, Some(exit), "{ended:#?}");
        assert!(ended.stdout.contains(part), "{ended:#?}");
        assert!(ended.stderr.contains("would not count"), "{ended:#?}");
    }
    test("god").fails(4, &["did you mean `good`?"]);
    workshop
        .quorate(&["workers", "test", "good", "--topic", "coins"])
        .fails(4, &["did you mean `coin`?"]);
}
