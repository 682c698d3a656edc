//! How good the rules are, measured on files of our layouts.

pub mod personal;
