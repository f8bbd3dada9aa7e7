//! Key files: what is written can be opened, by nobody else, and never replaces anything.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use quorate_polymarket::auth::Credentials;
use quorate_polymarket::keystore::{
    self, Audience, KeystoreError, Password, SecretKey, SecretKeyError, credentials_path,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

const HEX: &str = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const ADDRESS: &str = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";

/// A key file that another wallet wrote, without address and digest (the example of the form's definition).
const FOREIGN: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,
"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
const FOREIGN_KEY: &str = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn secret() -> SecretKey {
    SecretKey::from_hex(HEX).unwrap_or_else(|error| panic!("{error}"))
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("keys/main.json")
    }

    fn created(&self) -> PathBuf {
        keystore::create(&self.file(), &secret(), &password("correct horse")).unwrap();
        self.file()
    }

    fn written(&self, text: &str) -> PathBuf {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        fs::write(self.file(), text).unwrap();
        keystore::tighten(&self.file()).unwrap();
        self.file()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_written_opens_with_its_password_and_names_its_address() {
    let place = Place::new();
    let file = place.created();
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let address = keystore::address(&file).unwrap().unwrap();
    assert_eq!(address.to_checksum(None), ADDRESS);
    let key = keystore::open(&file, &password("correct horse")).unwrap();
    assert_eq!(key.address(), address);
    let opened = keystore::open_secret(&file, &password("correct horse"));
    assert_eq!(*opened.ok().unwrap().to_hex(), format!("0x{HEX}"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        !text.contains(HEX) && !text.contains("correct horse"),
        "{text}"
    );
    // Nothing else is left in the folder.
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_is_never_overwritten() {
    let place = Place::new();
    let file = place.created();
    let before = fs::read(&file).unwrap();
    let again = keystore::create(&file, &SecretKey::generate(), &password("another"));
    assert!(
        matches!(again, Err(KeystoreError::Exists { .. })),
        "{again:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_file() {
    let place = Place::new();
    let file = place.created();
    let wrong = keystore::open(&file, &password("wrong")).unwrap_err();
    assert!(
        matches!(wrong, KeystoreError::WrongPassword { .. }),
        "{wrong}"
    );
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("\"ciphertext\": \"").unwrap() + 15;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    fs::write(&file, bytes).unwrap();
    let damaged = keystore::open(&file, &password("correct horse")).unwrap_err();
    assert!(
        matches!(damaged, KeystoreError::Damaged { .. }),
        "{damaged}"
    );
    assert!(damaged.to_string().contains("digest"), "{damaged}");
}

#[test]
fn a_file_that_is_not_there_or_open_to_others_is_refused_with_the_fix() {
    let place = Place::new();
    let absent = keystore::open(&place.file(), &password("x")).unwrap_err();
    assert!(matches!(absent, KeystoreError::Absent { .. }), "{absent}");
    let file = place.created();
    for open in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(&file, fs::Permissions::from_mode(open)).unwrap();
        let exposed = keystore::open(&file, &password("correct horse")).unwrap_err();
        assert!(matches!(exposed, KeystoreError::Exposed { mode, .. } if mode == open));
        assert!(exposed.fix().starts_with("chmod 600 "), "{}", exposed.fix());
    }
    keystore::tighten(&file).unwrap();
    assert!(keystore::open(&file, &password("correct horse")).is_ok());
}

#[test]
fn an_address_that_is_not_the_keys_is_refused() {
    let place = Place::new();
    let file = place.created();
    let other = "00".repeat(20);
    let text = fs::read_to_string(&file).unwrap();
    let own = ADDRESS[2..].to_lowercase();
    assert!(text.contains(&own));
    fs::write(&file, text.replace(&own, &other)).unwrap();
    let refused = keystore::open(&file, &password("correct horse")).unwrap_err();
    assert!(
        matches!(refused, KeystoreError::OtherAddress { .. }),
        "{refused}"
    );
}

#[test]
fn a_file_of_another_wallet_opens() {
    let place = Place::new();
    let file = place.written(FOREIGN);
    assert_eq!(keystore::address(&file).unwrap(), None);
    let opened = keystore::open_secret(&file, &password("testpassword"));
    assert_eq!(*opened.ok().unwrap().to_hex(), FOREIGN_KEY);
    let wrong = keystore::open(&file, &password("wrong")).unwrap_err();
    assert!(wrong.to_string().contains("password"), "{wrong}");
}

#[test]
fn numbers_in_a_file_cannot_use_up_the_machine() {
    for (from, to) in [
        ("\"c\":262144", "\"c\":4294967295"),
        ("\"dklen\":32", "\"dklen\":0"),
        ("\"dklen\":32", "\"dklen\":16"),
        ("6087dab2f9fdbbfaddc31a909735c1e6", "6087"),
        ("\"version\":3", "\"version\":1"),
        ("aes-128-ctr", "aes-256-gcm"),
        (r#""c":262144"#, r#""n":1073741824,"p":1,"r":8,"unused":1"#),
    ] {
        let place = Place::new();
        let file = place.written(&FOREIGN.replace(from, to));
        let refused = keystore::open(&file, &password("testpassword")).unwrap_err();
        assert!(
            matches!(refused, KeystoreError::Damaged { .. }),
            "{to}: {refused}"
        );
    }
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let place = Place::new();
    let file = place.created();
    let wrong = keystore::change_password(&file, &password("wrong"), &password("new one"));
    assert!(wrong.is_err());
    assert!(keystore::open(&file, &password("correct horse")).is_ok());
    keystore::change_password(&file, &password("correct horse"), &password("new one")).unwrap();
    assert!(keystore::open(&file, &password("new one")).is_ok());
    assert!(keystore::open(&file, &password("correct horse")).is_err());
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn credentials_are_kept_for_their_audience_alone() {
    let place = Place::new();
    let file = place.created();
    let own = password("correct horse");
    let audience = Audience {
        venue: "https://clob.polymarket.com".to_owned(),
        chain_id: 137,
        account: ADDRESS.to_owned(),
    };
    assert!(keystore::load(&file, &own, &audience).unwrap().is_none());
    let credentials = Credentials {
        api_key: "11111111-2222-3333-4444-555555555555".to_owned(),
        secret: Zeroizing::new("c2VjcmV0LWNhbmFyeQ==".to_owned()),
        passphrase: Zeroizing::new("passphrase-canary".to_owned()),
    };
    keystore::store(&file, &own, &audience, &credentials).unwrap();
    let kept = credentials_path(&file);
    assert_eq!(mode(&kept), 0o600);
    let text = fs::read_to_string(&kept).unwrap();
    assert!(
        !text.contains("canary") && !text.contains("c2VjcmV0"),
        "{text}"
    );
    let loaded = keystore::load(&file, &own, &audience).unwrap().unwrap();
    assert_eq!(*loaded.secret, *credentials.secret);
    assert_eq!(*loaded.passphrase, *credentials.passphrase);
    let elsewhere = Audience {
        venue: "http://127.0.0.1:4100".to_owned(),
        ..audience.clone()
    };
    assert!(keystore::load(&file, &own, &elsewhere).unwrap().is_none());
    assert!(keystore::load(&file, &password("wrong"), &audience).is_err());
    // A new password leaves none behind that the old one opens.
    keystore::change_password(&file, &own, &password("new one")).unwrap();
    assert!(!kept.exists());
    keystore::forget_credentials(&file).unwrap();
}

#[test]
fn what_is_no_key_is_refused_without_being_repeated() {
    for text in ["", "0x", "abc", &"0".repeat(64), &"f".repeat(64), &HEX[1..]] {
        let error = SecretKey::from_hex(text).err().unwrap();
        assert!(text.is_empty() || !error.to_string().contains(&format!("\"{text}\"")));
    }
    let error = SecretKey::from_hex(&"g".repeat(64)).err().unwrap();
    assert_eq!(error, SecretKeyError::NotHex);
    assert!(SecretKey::from_hex(&format!(" 0x{HEX}\n")).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_file_makes_it_panic(cut in 0usize..FOREIGN.len(), byte in any::<u8>()) {
        let place = Place::new();
        let mut bytes = FOREIGN.replace("262144", "2").into_bytes();
        let at = cut.min(bytes.len() - 1);
        bytes[at] = byte;
        fs::create_dir_all(place.file().parent().unwrap()).unwrap();
        fs::write(place.file(), bytes).unwrap();
        keystore::tighten(&place.file()).unwrap();
        // Opened, or refused with a reason.
        if let Err(error) = keystore::open(&place.file(), &password("testpassword")) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
