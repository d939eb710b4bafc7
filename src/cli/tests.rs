//! The server as a whole, on free ports.
