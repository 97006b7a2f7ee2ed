//! Where the values of flags come from: the command line, the environment, a file.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

use super::Cli;

/// Parses the command line, after the environment and the file have taken the place of the defaults.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let command = with_environment(Cli::command());
    let command = match config_file(&command, &arguments) {
        Some(file) => with_file(command, &file)?,
        None => command,
    };
    let matches = command.try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// Lets each flag without a variable of its own be set by one named after it.
fn with_environment(command: Command) -> Command {
    every_flag(command, |argument, name| {
        if argument.get_env().is_some() {
            return argument;
        }
        argument.env(format!("DIAGNOSIS_WORKER_{}", name.to_uppercase().replace('-', "_")))
    })
}

fn every_flag(command: Command, change: impl Fn(Arg, &str) -> Arg + Copy) -> Command {
    let change_flag = |argument: Arg| match argument.get_long().map(str::to_owned) {
        Some(name) if !matches!(name.as_str(), "help" | "version") => change(argument, &name),
        _ => argument,
    };
    command.mut_args(change_flag).mut_subcommands(|subcommand| subcommand.mut_args(change_flag))
}

fn config_file(command: &Command, arguments: &[OsString]) -> Option<PathBuf> {
    let matches = command.clone().ignore_errors(true).try_get_matches_from(arguments).ok()?;
    matches.try_get_one::<PathBuf>("config").ok().flatten().cloned()
}

fn with_file(command: Command, file: &PathBuf) -> Result<Command, clap::Error> {
    let refuse = |reason: String| {
        Command::new("diagnosis-worker")
            .error(ErrorKind::InvalidValue, format!("{}: {reason}", file.display()))
    };
    if !file.is_file() {
        return Err(refuse("there is no such file".to_owned()));
    }
    let values: Dict = Figment::from(Toml::file_exact(file))
        .extract()
        .map_err(|error| refuse(error.to_string()))?;
    let known: Vec<String> = command
        .get_subcommands()
        .flat_map(Command::get_arguments)
        .chain(command.get_arguments())
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .filter(|name| !matches!(name.as_str(), "help" | "version" | "config"))
        .collect();
    if let Some(unknown) = values.keys().find(|key| !known.contains(key)) {
        return Err(refuse(format!("there is no setting `{unknown}`")));
    }
    Ok(every_flag(command, |argument, name| match values.get(name) {
        Some(value) => argument.default_values(texts(value)).required(false),
        None => argument,
    }))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(_, values) => values.iter().flat_map(texts).collect(),
        Value::String(_, text) => vec![text.clone()],
        Value::Bool(_, flag) => vec![flag.to_string()],
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::{Action, QueueArgs};

    fn parse_words(words: &[&str]) -> Result<Cli, clap::Error> {
        parse(std::iter::once("diagnosis-worker").chain(words.iter().copied()).map(OsString::from))
    }

    fn queue(cli: Cli) -> QueueArgs {
        match cli.command {
            Action::Worker(worker) => worker.queue,
            other => panic!("expected worker, got {other:?}"),
        }
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        with_environment(Cli::command()).debug_assert();
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_the_defaults() {
        let folder = tempfile::tempdir().expect("has a folder");
        let file = folder.path().join("worker.toml");
        std::fs::write(&file, "concurrency = 7\nlease = \"9s\"\nuntil-empty = true\n")
            .expect("writes");
        let file = file.to_str().expect("is text");
        let args =
            queue(parse_words(&["worker", "--config", file, "--lease", "8s"]).expect("parses"));
        assert_eq!(args.concurrency, 7);
        assert_eq!(args.lease, Duration::from_secs(8));
        assert!(args.until_empty);
        assert_eq!(args.poll, Duration::from_secs(1));
    }

    #[test]
    fn a_file_with_an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().expect("has a folder");
        let file = folder.path().join("worker.toml");
        std::fs::write(&file, "database-url = \"postgres://u:canary@h/d\"\n").expect("writes");
        let error = parse_words(&["worker", "--config", file.to_str().expect("is text")])
            .expect_err("is refused")
            .to_string();
        assert!(error.contains("there is no setting `database-url`"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn a_heartbeat_that_would_lose_every_lease_is_refused() {
        let args =
            queue(parse_words(&["worker", "--lease", "2s", "--heartbeat", "2s"]).expect("parses"));
        assert!(args.settings().is_err());
        let args = queue(parse_words(&["worker", "--lease", "2s"]).expect("parses"));
        assert_eq!(args.settings().expect("is fine").heartbeat, Duration::from_millis(500));
    }
}
