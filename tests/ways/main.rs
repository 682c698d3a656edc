//! Whole ways through Otklik, and the contracts of its store: each test runs on SQLite and on PostgreSQL.

#[macro_use]
mod harness;

mod intake;
mod life;
mod migrations;
mod problems;
mod rights;
mod process;
mod search;
mod session;
mod sources;
mod store;
