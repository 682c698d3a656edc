//! The pages in a real Chromium, driven through WebDriver: what people see and do, on both engines.

#[macro_use]
#[path = "../ways/harness/mod.rs"]
mod harness;

mod desk;
mod driver;
mod people;
mod incident;
mod map;
mod search;
mod sign_in;
mod window;
mod work;
