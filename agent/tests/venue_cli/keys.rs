//! `quorate keys`, with no terminal to ask at.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::{ADDRESS, KEY, PASSWORD, Workshop};

#[test]
fn a_key_is_imported_shown_tested_rotated_and_exported() {
    let workshop = Workshop::instance();
    let imported = workshop.import().ok();
    assert!(imported.stdout.contains(ADDRESS), "{imported:#?}");
    let file = workshop.path("keys/main.json");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let shown = workshop.quorate(&["keys", "show", "--json"]).ok().json();
    assert_eq!(shown["address"], ADDRESS);
    let types: Vec<u64> = shown["wallets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["signature_type"].as_u64().unwrap())
        .collect();
    assert_eq!(types, [0, 1, 2, 3, 3]);

    let line = format!("{PASSWORD}\n");
    workshop
        .told(&line, &["keys", "test", "--password-stdin"])
        .ok();
    workshop
        .told(
            "another password entirely\n",
            &["keys", "test", "--password-stdin"],
        )
        .fails(6, &["the password is not the one of this file"]);

    workshop
        .told(&line, &["keys", "export", "--password-stdin"])
        .fails(9, &["no terminal", "--confirm"]);
    workshop
        .told(
            &line,
            &["keys", "export", "--password-stdin", "--confirm", "beef"],
        )
        .fails(9, &["is not the end of"]);
    let exported = workshop
        .told(
            &line,
            &["keys", "export", "--password-stdin", "--confirm", "5c23"],
        )
        .ok();
    assert_eq!(exported.stdout, format!("0x{KEY}\n"));

    let both = format!("{PASSWORD}\na new password of some length\n");
    workshop
        .told(&both, &["keys", "rotate", "--password-stdin"])
        .ok();
    workshop
        .told(&line, &["keys", "test", "--password-stdin"])
        .fails(6, &[]);
    workshop
        .told(
            "a new password of some length\n",
            &["keys", "test", "--password-stdin"],
        )
        .ok();
}

#[test]
fn a_key_file_is_never_overwritten_and_new_keys_differ() {
    let workshop = Workshop::instance();
    let line = format!("{PASSWORD}\n");
    let first = workshop
        .told(&line, &["keys", "new", "--password-stdin"])
        .ok();
    workshop
        .told(&line, &["keys", "new", "--password-stdin"])
        .fails(6, &["never overwritten"]);
    let other = workshop
        .told(
            &line,
            &["keys", "new", "--password-stdin", "--file", "keys/b.json"],
        )
        .ok();
    assert_ne!(first.stdout.lines().next(), other.stdout.lines().next());
}

#[test]
fn what_would_give_a_key_away_is_refused() {
    let workshop = Workshop::instance();
    // A key as an argument is not repeated, wherever it stands.
    for words in [["keys", "import"], ["keys", "new"], ["keys", "test"]] {
        let refused = workshop
            .quorate(&[words[0], words[1], KEY])
            .fails(9, &["must not be on the command line"]);
        assert!(!refused.stderr.contains(KEY), "{refused:#?}");
    }
    let line = format!("{PASSWORD}\n");
    workshop
        .told(
            &line,
            &["keys", "new", "--password-stdin", "--file", ".env"],
        )
        .fails(9, &["into their environment"]);
    workshop
        .told("short\n", &["keys", "new", "--password-stdin"])
        .fails(6, &["fewer than 12"]);
    workshop
        .told(
            &format!("{PASSWORD}\nnot a key\n"),
            &["keys", "import", "--password-stdin"],
        )
        .fails(6, &["64 hexadecimal digits"]);
    fs::create_dir(workshop.path(".git")).unwrap();
    workshop
        .told(&line, &["keys", "new", "--password-stdin"])
        .fails(9, &["git tree", "--force"]);
    workshop
        .told(&line, &["keys", "new", "--password-stdin", "--force"])
        .ok();
}

#[test]
fn passwords_come_from_where_the_settings_say_and_nowhere_else() {
    let workshop = Workshop::instance();
    workshop.import().ok();
    workshop
        .quorate(&["keys", "test"])
        .fails(6, &["no terminal", "--password-stdin"]);
    workshop.write("pw", PASSWORD, 0o644);
    let from_file = [
        "keys",
        "test",
        "--set",
        "account.password_source=\"file:pw\"",
    ];
    workshop.quorate(&from_file).fails(6, &["chmod 600"]);
    workshop.write("pw", &format!("{PASSWORD}\n"), 0o600);
    workshop.quorate(&from_file).ok();

    let from_service = [
        "keys",
        "test",
        "--set",
        "account.password_source=\"systemd:pw\"",
    ];
    workshop
        .quorate(&from_service)
        .fails(3, &["CREDENTIALS_DIRECTORY"]);
    let mut command = workshop.command(&from_service);
    let output = command
        .env("CREDENTIALS_DIRECTORY", workshop.root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");

    let mut shell = std::process::Command::new("sh");
    let output = shell
        .arg("-c")
        .arg("exec \"$0\" keys test --set 'account.password_source=\"fd:3\"' 3< pw")
        .arg(env!("CARGO_BIN_EXE_quorate"))
        .current_dir(workshop.root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn an_exposed_key_file_is_refused_with_the_line_that_mends_it() {
    let workshop = Workshop::instance();
    workshop.import().ok();
    let file = workshop.path("keys/main.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    workshop
        .quorate(&["keys", "show"])
        .fails(6, &["0644", "chmod 600"]);
    workshop
        .quorate(&["keys", "show", "--file", "nowhere.json"])
        .fails(6, &["no key file", "keys new"]);
}
