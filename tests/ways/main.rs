//! Whole ways through Otklik, and the contracts of its store: each test runs on SQLite and on PostgreSQL.

#[macro_use]
mod harness;

mod migrations;
mod store;
