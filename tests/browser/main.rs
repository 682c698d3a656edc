//! The pages in a real Chromium, driven through WebDriver: what people see and do, on both engines.

#[macro_use]
#[path = "../ways/harness/mod.rs"]
mod harness;

mod account;
mod administration;
mod desk;
mod driver;
mod host;
mod incident;
mod map;
mod official_pages;
mod people;
mod search;
mod sign_in;
mod statistics;
mod window;
mod work;
