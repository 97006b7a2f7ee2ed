//! Small repositories on disk.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use walkdir::WalkDir;

/// Writes files below a folder, each with its content; missing folders are made.
pub(crate) fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("a file");
    }
}

/// A copy of the compliant tree with further or other files.
pub(crate) fn compliant_but(files: &[(&str, &str)]) -> TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli/compliant");
    let root = tempfile::tempdir().expect("a temporary folder");
    for entry in WalkDir::new(&fixture) {
        let entry = entry.expect("an entry");
        let target = root.path().join(entry.path().strip_prefix(&fixture).expect("a path below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
    write(root.path(), files);
    root
}

/// A policy goes with the function that it depends on, as a helper is dropped that looks unused.
pub(crate) const CASCADE: (&str, &str) = (
    "supabase/migrations/20260103000000_remove_unused_helper.sql",
    "-- The policies check this themselves now.\nDROP FUNCTION public.is_clinician_of CASCADE;\n",
);
