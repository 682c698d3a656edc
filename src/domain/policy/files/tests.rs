use std::path::Path;

use super::*;

fn directory(path: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            files.push((entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files
}

#[test]
fn omsk() {
    match read(&directory(Path::new("/work/main/deploy/cities/omsk"))) {
        Ok((doc, _)) => println!("ok {} routes", doc.routes.len()),
        Err(faults) => for f in &faults { println!("{f}") },
    }
}
