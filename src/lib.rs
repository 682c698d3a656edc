//! Otklik: citizen incident management. See the README for the picture of the house.
pub mod app;
pub mod backup;
pub mod channels;
pub mod commands;
pub mod config;
pub mod demo;
pub mod desk;
pub mod domain;
pub mod evaluate;
pub mod http;
pub mod import;
pub mod jobs;
pub mod log;
pub mod serve;
pub mod store;
pub mod table;
pub mod train;
