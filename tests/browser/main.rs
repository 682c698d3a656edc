//! The pages in a real Chromium, driven through WebDriver: what people see and do, on both engines.

#[macro_use]
#[path = "../ways/harness/mod.rs"]
mod harness;

mod account;
mod administration;
mod driver;
mod official_pages;
mod people;
mod sign_in;
mod statistics;
mod window;
