//! Otklik: citizen incident management. See the README for the picture of the house.
pub mod desk;
pub mod domain;
pub mod store;
