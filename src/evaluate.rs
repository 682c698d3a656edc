//! How good the proposals are, measured on files of judged complaints.

pub mod pairs;
