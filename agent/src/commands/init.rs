//! `quorate init`: the settings of a new instance, and what of its folder belongs into no repository.

use std::fs;
use std::io;
use std::path::Path;

use super::settings_args::{InitArgs, Template};
use super::shell_word;
use crate::console::{Console, Form};
use crate::failure::Failure;
use crate::results::write_file;
use crate::runtime::instance::Folder;
use crate::settings::template;

/// A paper instance on the sample world.
const SAMPLE: &str = include_str!("../../../config/instance.toml");

/// What an instance writes, and secrets.
const IGNORED: &str = "\
# What an instance writes.
/journal/
/contact.json
/quorate.log
/KILL
/out/
# Secrets.
/keys/
";

pub(super) fn run(args: &InitArgs, console: &Console) -> Result<(), Failure> {
    let folder = Folder::new(&args.folder);
    let settings = folder.settings();
    if settings.exists() {
        let message = "the folder has settings already, and they are left as they are";
        let hint = "give another folder, or look at them with `quorate config show`";
        return Err(Failure::refuses_folder(&settings, message, hint));
    }
    fs::create_dir_all(folder.root())
        .map_err(|error| Failure::cannot_write(folder.root(), &error))?;
    let text = match args.template {
        Template::Full => template(),
        Template::Sample => SAMPLE.to_owned(),
    };
    let ignore = folder.root().join(".gitignore");
    let mut written = Vec::new();
    // The settings come last: while they are missing, the command can simply be given again.
    if is_missing(&ignore)? {
        write_file(&ignore, IGNORED)?;
        written.push(ignore);
    } else {
        console.note(&format!("{} is left as it is", ignore.display()));
    }
    write_file(&settings, &text)?;
    written.insert(0, settings);
    let names = written.iter().map(|path| path.display().to_string());
    match console.form() {
        Form::Text => {
            let lines: String = names.map(|name| format!("{name}\n")).collect();
            console.result(&lines)?;
        }
        Form::Json => {
            let written: Vec<String> = names.collect();
            console.result(&format!(
                "{:#}\n",
                serde_json::json!({ "written": written })
            ))?;
        }
    }
    console.next(&format!(
        "quorate config show -C {}",
        shell_word(folder.root())
    ));
    Ok(())
}

fn is_missing(path: &Path) -> Result<bool, Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Failure::cannot_write(path, &error)),
    }
}
