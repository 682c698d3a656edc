//! The pages in a real Chromium, driven through WebDriver: what people see and do, on both engines.

#[macro_use]
#[path = "../ways/harness/mod.rs"]
mod harness;

mod driver;
mod sign_in;
mod window;
