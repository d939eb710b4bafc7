//! The stand-in for the platform: everything that knows its wire, as the other side of it. Imports nothing of ours.

pub mod account;
pub mod auth;
pub mod effects;
pub mod faults;
pub mod media;
pub mod pages;
pub mod rest;
pub mod sdk;
pub mod trace;
pub mod webhook;
