//! The socket over real connections: the platform's side is another library, so that two readings of the protocol meet.
