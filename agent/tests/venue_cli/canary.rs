//! A known key and a known password go through every command; neither is found anywhere afterwards.

use std::fs;

use base64::Engine as _;

use crate::common::{KEY, PASSWORD, VenueProcess, Workshop, files_below};

/// Every form in which a secret might be written down.
fn forms() -> Vec<Vec<u8>> {
    let raw: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&KEY[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let mut forms = vec![
        KEY.as_bytes().to_vec(),
        KEY.to_uppercase().into_bytes(),
        raw.clone(),
    ];
    for secret in [raw.as_slice(), KEY.as_bytes(), PASSWORD.as_bytes()] {
        // Without the end, which depends on what follows.
        let standard = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
        forms.push(standard.as_bytes()[..standard.len() - 2].to_vec());
        forms.push(url.as_bytes()[..url.len() - 2].to_vec());
    }
    forms.push(PASSWORD.as_bytes().to_vec());
    forms
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn neither_key_nor_password_is_found_in_anything_that_is_written() {
    let workshop = Workshop::new();
    // The key of the rehearsal is the known one, so that it trades.
    workshop
        .told(
            &format!("{PASSWORD}\n{KEY}\n"),
            &[
                "keys",
                "import",
                "--password-stdin",
                "--file",
                "rehearsal/keys/main.json",
            ],
        )
        .ok();
    workshop.write("rehearsal/keys/password", PASSWORD, 0o600);
    workshop.write("rehearsal/keys/relayer", "relayer-token", 0o600);
    let venue = VenueProcess::start(&workshop);
    let (market, suffix) = ("president-adler", venue.word("suffix").to_owned());
    let live = [
        "live",
        "--max-runtime",
        "8",
        "--set",
        "http.control=127.0.0.1:0",
        "--set",
        "http.intake=127.0.0.1:0",
        "--set",
        "http.metrics=127.0.0.1:0",
        "--confirm-live",
        &suffix,
    ];
    let commands: [&[&str]; 16] = [
        &["keys", "show"],
        &["keys", "test"],
        &["keys", "import", KEY],
        &["doctor"],
        &["doctor", "--fix", "--json"],
        &["markets", "show", market],
        &["split", market, "5"],
        &["split", market, "5", "--execute", "0000"],
        &["split", market, "5", "--execute", &suffix],
        &["approve", "--execute", "0000"],
        &["live", "--confirm-live", "0000"],
        &live,
        &["reconcile"],
        &["keys", "rotate", "--api-key"],
        &["config", "show", "--provenance"],
        &["logs"],
    ];
    let mut said = Vec::new();
    for words in commands {
        let all: Vec<&str> = words
            .iter()
            .chain(&["-vv", "-C", "rehearsal"])
            .copied()
            .collect();
        let output = workshop
            .command(&all)
            .env("QUORATE_LOG", "trace")
            .output()
            .unwrap();
        said.push((
            format!("{words:?}"),
            [output.stdout, output.stderr].concat(),
        ));
    }
    drop(venue);
    // The places that a person gave the secrets to are left out; everything the program wrote is not.
    fs::remove_file(workshop.path("rehearsal/keys/password")).unwrap();
    assert!(
        workshop.path("rehearsal/journal").is_dir(),
        "the account never traded: {}",
        String::from_utf8_lossy(&said[11].1)
    );
    for (path, bytes) in files_below(workshop.root()) {
        said.push((path.display().to_string(), bytes));
    }
    assert!(said.len() > commands.len() + 3);
    for form in forms() {
        for (place, bytes) in &said {
            assert!(
                !holds(bytes, &form),
                "{place} holds {:?}",
                String::from_utf8_lossy(&form)
            );
        }
    }
    // The check can fail: the forms are found where they are.
    assert!(holds(format!("x{KEY}y").as_bytes(), &forms()[0]));
}
