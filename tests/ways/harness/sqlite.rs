//! SQLite databases for tests: files in temporary folders.

use std::sync::OnceLock;

use otklik::store::migrate;
use tempfile::TempDir;

/// An empty database: its URL, and the folder to hold on to.
pub fn bare() -> (String, TempDir) {
    let folder = tempfile::Builder::new().prefix("otklik-sqlite-").tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("otklik.db").display());
    (url, folder)
}

/// A migrated database. The migrations run once a process; each test gets a copy of the file.
pub fn migrated() -> (String, TempDir) {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let (url, folder) = bare();
        migrate::up(&url.parse().expect("a good URL")).expect("the migrations run on SQLite");
        // The last connection is closed, so the write-ahead log is folded into the file.
        std::fs::read(folder.path().join("otklik.db")).expect("the migrated file")
    });
    let (url, folder) = bare();
    std::fs::write(folder.path().join("otklik.db"), template).expect("a copy of the migrated file");
    (url, folder)
}
