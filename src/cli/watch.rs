use std::process::ExitCode;
use std::time::Instant;

use super::repository::{Memory, Repository, RepositoryArguments};
use super::{CliError, note};
use crate::engine::session::interruption;
use crate::input::{Folder, Selection, Signal, Watcher};

/// Judges a repository, and again whenever something changes, until the user has seen enough. What cannot
/// be judged, such as a configuration that is half written, is said and does not end the watch.
pub(super) fn watch(
    arguments: &RepositoryArguments,
    judge: impl Fn(&Repository) -> Result<(), CliError>,
) -> Result<ExitCode, CliError> {
    let root = Folder::root(arguments.root())?;
    let mut watcher = Watcher::new(arguments.named_files())?;
    let memory = Memory::default();
    interruption::notify(watcher.interrupter()).map_err(CliError::Interrupt)?;
    loop {
        let begin = Instant::now();
        let opened = arguments.open(true).map(|repository| repository.remembering(&memory));
        // What changes from here on is judged in the next round.
        match &opened {
            Ok(Repository { root, config, migrations, .. }) => {
                watcher.watch(root, migrations.as_ref(), &config.sources)?;
            }
            Err(_) => watcher.watch(&root, None, &Selection::default())?,
        }
        if let Err(error) = opened.and_then(|repository| judge(&repository)) {
            note(error);
        }
        let (folders, took) = (watcher.folders(), begin.elapsed().as_millis());
        note(format_args!("judged in {took} ms; watching {folders} folders, Ctrl-C ends it"));
        if watcher.wait() == Signal::Interrupted {
            return Ok(ExitCode::SUCCESS);
        }
    }
}
