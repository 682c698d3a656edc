//! Otklik: citizen incident management. See the README for the picture of the house.
pub mod app;
pub mod channels;
pub mod config;
pub mod desk;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod store;
