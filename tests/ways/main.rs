//! Whole ways through Otklik, and the contracts of its store: each test runs on SQLite and on PostgreSQL.

#[macro_use]
mod harness;

mod agreement;
mod attachments;
mod backup;
mod calendars;
mod deadlines;
mod demo;
mod drafts;
mod exchange;
mod finding;
mod intake;
mod learning;
mod life;
mod mail;
mod migrations;
mod networks;
mod networks_clients;
mod networks_tls;
mod openapi;
mod pages;
mod personal;
mod policy;
mod problems;
mod process;
mod readme;
mod rights;
mod search;
mod session;
mod sources;
mod statistics;
mod store;
mod storm;
mod threads;
