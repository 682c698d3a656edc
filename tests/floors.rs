//! Imports run downward only: reads every file of `src` and fails on a path that leads upward or sideways.
//!
//! A module of the crate stands on one floor, named in [`FLOORS`] with the floors that it may look down to. A few crates and
//! functions belong to some floors only: [`NOT_HERE`]. Tests inside `src` may name what they like.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Each floor, and those that it may name.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("channels", &["domain"]),
    ("table", &["domain"]),
    ("desk", &["table", "store", "domain"]),
    ("config", &["store", "domain"]),
    ("app", &["config", "channels", "desk", "store", "domain"]),
    ("http", &["app", "config", "desk", "table", "store", "domain"]),
    ("jobs", &["app", "config", "channels", "desk", "store", "domain"]),
];

/// What ties all floors together: these may name everything, and nothing names them.
const ROOTS: &[&str] = &["main", "lib", "commands", "serve", "log", "import", "backup", "demo", "evaluate", "train"];

/// A way down for one part of a floor only: the hooks verify and read what networks send, and what watches the service asks the
/// store about the store itself.
const STAIRS: &[(&[&str], &str)] = &[
    (&["http", "hooks"], "channels"),
    (&["http", "observe"], "store::gauges"),
    (&["http", "observe"], "store::migrate"),
];

/// At the edge, the store is a matter of the desk's: only its types may be named here, and the plain rows.
const EDGE: &[&str] = &["http", "jobs", "config"];

/// What a floor must not name, and why.
const NOT_HERE: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &[
            "diesel",
            "diesel_migrations",
            "actix_web",
            "tokio",
            "ureq",
            "clap",
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
        ],
        "the rules are pure: no database, no input or output",
    ),
    ("store", &["actix_web", "ureq", "clap", "std::net"], "the store knows the database, and no network of its own"),
    (
        "channels",
        &["diesel", "diesel_migrations", "actix_web", "clap"],
        "channels read and sign; they know no database and no server",
    ),
    ("desk", &["actix_web", "tokio", "ureq", "clap", "std::net"], "use cases are plain and synchronous: no sockets"),
    ("http", &["diesel", "diesel_migrations"], "the edge asks the desk, not the database"),
    ("jobs", &["diesel", "diesel_migrations", "actix_web"], "the edge asks the desk, not the database"),
];

/// Floors that take the time as an argument.
const CLOCKLESS: &[&str] = &["domain", "store", "channels", "desk"];
const CLOCKS: &[[&str; 2]] =
    &[["At", "now"], ["Timestamp", "now"], ["Zoned", "now"], ["SystemTime", "now"], ["Instant", "now"]];
/// Where [`CLOCKLESS`] ends: the one function that asks the machine.
const CLOCK: &str = "src/domain/values.rs";

#[test]
fn imports_run_downward_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = read(root);
    let checked = check(&files);
    assert!(
        files.len() > 30 && checked.paths > 300,
        "only {} files and {} paths were found",
        files.len(),
        checked.paths
    );
    let faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "the floors are not kept:\n{}", faults.join("\n"));
}

/// A file: its path from the crate's root, and its text.
type Source = (String, String);

fn read(root: &Path) -> Vec<Source> {
    let (mut files, mut folders) = (Vec::new(), vec![root.join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of src") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("inside").to_str().expect("a plain name").to_owned();
                files.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    files.sort();
    files
}

#[derive(Debug, PartialEq, Eq)]
struct Fault {
    file: String,
    line: usize,
    path: String,
    rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}`: {}", self.file, self.line, self.path, self.rule)
    }
}

#[derive(Debug, Default)]
struct Checked {
    faults: Vec<Fault>,
    paths: usize,
}

fn check(files: &[Source]) -> Checked {
    let parsed: Vec<(&str, Vec<String>, Found)> = files
        .iter()
        .map(|(name, text)| {
            let module = module(name);
            let found = paths(&tokens(text), &module);
            (name.as_str(), module, found)
        })
        .collect();
    let tests: BTreeSet<&Vec<String>> = parsed.iter().flat_map(|(_, _, found)| &found.test_modules).collect();
    let mut checked = Checked::default();
    for (name, module, found) in &parsed {
        if (1..=module.len()).any(|n| tests.contains(&module[..n].to_vec())) {
            continue;
        }
        let floor = floor(name);
        for path in &found.paths {
            checked.paths += 1;
            if let Some(rule) = broken(name, floor, path) {
                let (file, path, line) = ((*name).to_owned(), path.segments.join("::"), path.line);
                checked.faults.push(Fault { file, line, path, rule });
            }
        }
    }
    checked
}

/// The rule that a path breaks, if it breaks one.
fn broken(file: &str, floor: &str, path: &Named) -> Option<String> {
    let known = |name: &str| FLOORS.iter().any(|(floor, _)| *floor == name);
    if !known(floor) && !ROOTS.contains(&floor) {
        return Some(format!("`{floor}` has no floor yet: give it one in tests/floors.rs"));
    }
    if path.inside {
        let target = path.segments.first()?.as_str();
        if ROOTS.contains(&floor) || target == floor {
            return None;
        }
        if ROOTS.contains(&target) {
            return Some(format!("nothing names `{target}`: it ties the floors together"));
        }
        if !known(target) {
            return Some(format!("`{target}` is no floor: name things where they stand"));
        }
        let below = FLOORS.iter().find(|(name, _)| *name == floor).map_or(&[][..], |(_, below)| *below);
        let module = module(file);
        let stairs = |to: &str| STAIRS.iter().any(|(part, way)| starts_with(&module, part) && *way == to);
        if !below.contains(&target) && !stairs(target) {
            return Some(format!("`{floor}` may look down to {} only", list(below)));
        }
        let rows = path.segments.get(1).is_some_and(|part| part == "records");
        let is_type = path.segments.last().is_some_and(|last| last.starts_with(char::is_uppercase));
        let way = path.segments.get(..2).map(|two| two.join("::")).unwrap_or_default();
        if target == "store" && EDGE.contains(&floor) && !rows && !is_type && !stairs(&way) {
            return Some(format!(
                "`{floor}` may name the store's types and rows, not its functions: the desk does that"
            ));
        }
        return None;
    }
    for (where_, crates, why) in NOT_HERE {
        let named = |banned: &&&str| {
            let banned: Vec<&str> = banned.split("::").collect();
            path.segments.len() >= banned.len() && path.segments.iter().zip(&banned).all(|(a, b)| a == b)
        };
        if *where_ == floor
            && let Some(banned) = crates.iter().find(|banned| named(banned))
        {
            return Some(format!("`{floor}` may not name `{banned}`: {why}"));
        }
    }
    let asks_time =
        path.segments.windows(2).any(|pair| CLOCKS.iter().any(|clock| pair[0] == clock[0] && pair[1] == clock[1]));
    if asks_time && CLOCKLESS.contains(&floor) && file != CLOCK {
        return Some(format!("`{floor}` is told the time, it does not ask"));
    }
    None
}

fn starts_with(module: &[String], part: &[&str]) -> bool {
    module.len() >= part.len() && module.iter().zip(part).all(|(a, b)| a == b)
}

fn list(floors: &[&str]) -> String {
    if floors.is_empty() { "itself".to_owned() } else { floors.join(", ") }
}

/// The floor of a file: the first part of its module, or its own name at the root.
fn floor(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// `src/http/api/mod.rs` is `http::api`.
fn module(file: &str) -> Vec<String> {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["main"] || parts == ["lib"] {
        parts.pop();
    }
    parts
}

// Reading Rust, as far as it is needed.

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Sep,
    Mark(char),
}

/// A path as it stands in the source: whole, from the crate's root if `inside`.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    line: usize,
    segments: Vec<String>,
    inside: bool,
}

#[derive(Debug, Default)]
struct Found {
    paths: Vec<Named>,
    /// Modules in files of their own that are compiled for tests only.
    test_modules: Vec<Vec<String>>,
}

/// The tokens with their lines, without comments, strings, numbers and lifetimes.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut found, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let start = i;
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            '"' => i = after_string(&chars, i),
            // A character, unless it is a lifetime.
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            '\'' => {
                i += 1;
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
            }
            ':' if at(i + 1) == ':' => {
                found.push((line, Token::Sep));
                i += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                let raw = at(i) == '"' || (at(i) == '#' && (at(i + 1) == '"' || at(i + 1) == '#'));
                if ["r", "br", "cr"].contains(&word.as_str()) && raw {
                    let hashes = (i..).take_while(|n| at(*n) == '#').count();
                    i += hashes + 1;
                    while i < chars.len() && !(at(i) == '"' && (1..=hashes).all(|n| at(i + n) == '#')) {
                        i += 1;
                    }
                    i += 1 + hashes;
                } else if !c.is_numeric() {
                    found.push((line, Token::Word(word)));
                }
            }
            c if c.is_whitespace() => i += 1,
            c => {
                found.push((line, Token::Mark(c)));
                i += 1;
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

fn after_string(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// Every path of two or more parts.
fn paths(tokens: &[(usize, Token)], module: &[String]) -> Found {
    let mut reader =
        Reader { tokens, i: 0, module: module.to_vec(), inline: Vec::new(), depth: 0, found: Found::default() };
    reader.read();
    reader.found
}

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    i: usize,
    module: Vec<String>,
    /// The depths at which `mod name {` opened.
    inline: Vec<usize>,
    depth: usize,
    found: Found,
}

impl Reader<'_> {
    fn at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.i + ahead).map(|(_, token)| token)
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        self.at(ahead) == Some(&Token::Mark(mark))
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        match self.at(ahead) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn line(&self) -> usize {
        self.tokens.get(self.i).or_else(|| self.tokens.last()).map_or(0, |(line, _)| *line)
    }

    fn read(&mut self) {
        while self.i < self.tokens.len() {
            if self.is_test_attribute() {
                self.skip_item();
            } else if self.word(0) == Some("use") {
                self.i += 1;
                self.tree(&[]);
            } else if self.word(0) == Some("mod") && self.is_mark(2, '{') {
                let name = self.word(1).unwrap_or_default().to_owned();
                self.module.push(name);
                self.inline.push(self.depth);
                self.i += 2;
            } else if self.word(0).is_some() {
                self.path();
            } else {
                if self.is_mark(0, '{') {
                    self.depth += 1;
                } else if self.is_mark(0, '}') {
                    self.depth = self.depth.saturating_sub(1);
                    if self.inline.last() == Some(&self.depth) {
                        self.inline.pop();
                        self.module.pop();
                    }
                }
                self.i += 1;
            }
        }
    }

    /// `#[cfg(test)]`
    fn is_test_attribute(&self) -> bool {
        self.is_mark(0, '#')
            && self.is_mark(1, '[')
            && self.word(2) == Some("cfg")
            && self.is_mark(3, '(')
            && self.word(4) == Some("test")
            && self.is_mark(5, ')')
    }

    /// Goes behind an item and its attributes, noting a module in a file of its own.
    fn skip_item(&mut self) {
        while self.is_mark(0, '#') {
            self.i += 1;
            self.skip_group();
        }
        let is_module = |reader: &Self| reader.word(0) == Some("mod") && reader.is_mark(2, ';');
        while self.i < self.tokens.len() {
            if is_module(self) {
                let mut test = self.module.clone();
                test.extend(self.word(1).map(str::to_owned));
                self.found.test_modules.push(test);
            }
            match self.at(0) {
                Some(Token::Mark(';')) => return self.i += 1,
                Some(Token::Mark('{')) => return self.skip_group(),
                Some(Token::Mark('(' | '[')) => self.skip_group(),
                _ => self.i += 1,
            }
        }
    }

    /// Goes behind the bracket that closes the one here.
    fn skip_group(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.at(0) {
            match token {
                Token::Mark('(' | '[' | '{') => depth += 1,
                Token::Mark(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            self.i += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// A path inside of code.
    fn path(&mut self) {
        let line = self.line();
        let mut segments = Vec::new();
        while let Some(word) = self.word(0) {
            segments.push(word.to_owned());
            self.i += 1;
            if self.at(0) == Some(&Token::Sep) && self.word(1).is_some() {
                self.i += 1;
            } else {
                break;
            }
        }
        self.note(line, &segments);
    }

    /// What `use` names, from here to the end of this branch.
    fn tree(&mut self, prefix: &[String]) {
        let line = self.line();
        let mut segments = prefix.to_vec();
        loop {
            match self.at(0) {
                Some(Token::Word(word)) if word == "as" => self.i += 2,
                Some(Token::Word(word)) => {
                    if word != "self" || prefix.is_empty() {
                        segments.push(word.clone());
                    }
                    self.i += 1;
                }
                Some(Token::Mark('*')) => {
                    segments.push("*".to_owned());
                    self.i += 1;
                }
                Some(Token::Sep) => self.i += 1,
                Some(Token::Mark('{')) => {
                    self.i += 1;
                    while self.i < self.tokens.len() && !self.is_mark(0, '}') {
                        if self.is_mark(0, ',') {
                            self.i += 1;
                        } else {
                            self.tree(&segments);
                        }
                    }
                    self.i += 1;
                    return;
                }
                _ => break,
            }
        }
        self.note(line, &segments);
    }

    fn note(&mut self, line: usize, segments: &[String]) {
        if segments.len() < 2 {
            return;
        }
        let mut rest = segments;
        let mut base: Option<Vec<String>> = match segments[0].as_str() {
            "crate" | "otklik" => {
                rest = &rest[1..];
                Some(Vec::new())
            }
            "self" | "super" => Some(self.module.clone()),
            _ => None,
        };
        if let Some(base) = &mut base {
            while let [first, others @ ..] = rest {
                match first.as_str() {
                    "super" => drop(base.pop()),
                    "self" => {}
                    _ => break,
                }
                rest = others;
            }
        }
        let inside = base.is_some();
        let mut whole = base.unwrap_or_default();
        whole.extend_from_slice(rest);
        if !whole.is_empty() {
            self.found.paths.push(Named { line, segments: whole, inside });
        }
    }
}

// The checker is itself checked: what is planted must be found, and what is allowed must not.

#[cfg(test)]
mod planted {
    use super::*;

    #[track_caller]
    fn faults(file: &str, text: &str) -> Vec<(usize, String)> {
        let checked = check(&[(file.to_owned(), text.to_owned())]);
        checked.faults.into_iter().map(|fault| (fault.line, fault.path)).collect()
    }

    #[track_caller]
    fn caught(file: &str, text: &str, path: &str) {
        let found = faults(file, text);
        assert!(found.iter().any(|(_, p)| p == path), "{file}: `{text}` was let through: {found:?}");
    }

    #[track_caller]
    fn allowed(file: &str, text: &str) {
        assert_eq!(faults(file, text), [], "{file}: `{text}`");
    }

    #[test]
    fn upward_and_sideways_paths_are_caught() {
        caught("src/domain/x.rs", "use crate::store::Conn;", "store::Conn");
        caught("src/domain/mod.rs", "fn f() { super::desk::go() }", "desk::go");
        caught("src/store/x.rs", "use crate::desk::Desk;", "desk::Desk");
        caught("src/desk/x.rs", "use super::super::http::Problem;", "http::Problem");
        caught("src/desk/x.rs", "use crate::{domain::At, channels::webhook};", "channels::webhook");
        caught("src/desk/x.rs", "use crate::jobs::{self, Job};", "jobs");
        caught("src/channels/x.rs", "fn f(conn: &mut crate::store::Conn) {}", "store::Conn");
        caught("src/http/api/x.rs", "use crate::channels::webhook;", "channels::webhook");
        caught("src/http/x.rs", "use crate::jobs::Job;", "jobs::Job");
        caught("src/jobs/x.rs", "use crate::http::*;", "http::*");
        caught("src/app.rs", "use crate::http::server;", "http::server");
        caught("src/app/x.rs", "use crate::main::go;", "main::go");
        caught("src/domain/x.rs", "macro_rules! m { () => { $crate::store::go() } }", "store::go");
        caught("src/domain/x.rs", "mod inner { use super::super::super::store::Conn; }", "store::Conn");
        caught("src/domain/x.rs", "mod inner { fn f() {} } use super::super::store::Conn;", "store::Conn");
        caught("src/domain/x.rs", "use crate::helpers::go;", "helpers::go");
        caught("src/util.rs", "use crate::domain::At;", "domain::At");
    }

    #[test]
    fn what_belongs_to_other_floors_is_caught() {
        caught("src/domain/x.rs", "use diesel::prelude::*;", "diesel::prelude::*");
        caught("src/domain/x.rs", "use std::{fmt, fs};", "std::fs");
        caught("src/domain/x.rs", "fn f() { std::fs::read(\"x\").unwrap(); }", "std::fs::read");
        caught("src/domain/x.rs", "let now = jiff::Timestamp::now();", "jiff::Timestamp::now");
        caught("src/desk/x.rs", "let now = At::now();", "At::now");
        caught("src/desk/x.rs", "use actix_web::HttpRequest;", "actix_web::HttpRequest");
        caught("src/http/x.rs", "use diesel::Connection;", "diesel::Connection");
        caught("src/channels/x.rs", "use diesel::Connection;", "diesel::Connection");
        caught("src/http/x.rs", "use crate::store::incidents;", "store::incidents");
        caught("src/http/x.rs", "use crate::store::migrate;", "store::migrate");
        caught("src/http/x.rs", "crate::store::incidents::find(conn)", "store::incidents::find");
    }

    #[test]
    fn what_runs_downward_is_let_through() {
        allowed(
            "src/domain/policy/check.rs",
            "use super::super::At; use crate::domain::policy; use self::rules::R; mod rules;",
        );
        allowed("src/domain/values.rs", "let now = Timestamp::now();");
        allowed("src/store/x.rs", "use crate::domain::{At, Id}; use super::conn; pub(in crate::store) fn f() {}");
        allowed(
            "src/desk/x.rs",
            "use crate::store::incidents::find; use crate::domain::At; use diesel::result::Error;",
        );
        allowed("src/http/hooks.rs", "use crate::channels::webhook; use crate::store::Conn;");
        allowed("src/http/hooks/x.rs", "use crate::channels::webhook;");
        allowed("src/http/observe.rs", "use crate::store::{gauges, migrate};");
        allowed("src/http/x.rs", "use crate::store::incidents::{Filter, Period}; use crate::store::records;");
        allowed("src/jobs/x.rs", "use crate::channels::webhook; use crate::app::App;");
        allowed("src/main.rs", "use otklik::http; fn main() { otklik::jobs::go() }");
    }

    #[test]
    fn words_in_comments_strings_and_tests_are_no_paths() {
        allowed("src/domain/x.rs", "// crate::store::Conn\n/* crate::store /* nested */ crate::desk::x */ fn f() {}");
        allowed(
            "src/domain/x.rs",
            "let s = \"\\\" crate::store::Conn\"; let t = r#\"crate::desk::\"x\"#; let c = '\"'; let d = '\\'';",
        );
        allowed("src/domain/x.rs", "#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::store::Conn; fn f() { {} } }");
        allowed("src/domain/x.rs", "#[cfg(test)]\nuse crate::store::Conn;\nfn f<'a>(x: &'a str) {}");
        let parent = ("src/domain/x.rs".to_owned(), "#[cfg(test)]\nmod tests;".to_owned());
        let tests = ("src/domain/x/tests.rs".to_owned(), "use crate::store::Conn;".to_owned());
        assert_eq!(check(&[parent, tests.clone()]).faults, []);
        assert_eq!(check(&[tests]).faults.len(), 1, "a file of tests that no parent calls so is not one");
    }

    #[test]
    fn after_what_is_skipped_the_checker_still_sees() {
        let text =
            "/// it's\nfn f() -> char { '\"' }\n#[cfg(test)]\nmod tests { fn g() {} }\n\nuse crate::store::Conn;";
        assert_eq!(faults("src/domain/x.rs", text), [(6, "store::Conn".to_owned())]);
    }

    #[test]
    fn a_fault_names_file_line_and_rule() {
        let checked = check(&[("src/desk/x.rs".to_owned(), "\n\nuse crate::http::Problem;".to_owned())]);
        assert_eq!(
            checked.faults[0].to_string(),
            "src/desk/x.rs:3: `http::Problem`: `desk` may look down to table, store, domain only"
        );
    }
}
