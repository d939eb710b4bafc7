//! The states of a leg, and which may follow which.

/// The status words of the Voice API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Started,
    Ringing,
    Answered,
    Completed,
    Busy,
    Rejected,
    Timeout,
    Unanswered,
    Cancelled,
    Failed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Started => "started",
            Status::Ringing => "ringing",
            Status::Answered => "answered",
            Status::Completed => "completed",
            Status::Busy => "busy",
            Status::Rejected => "rejected",
            Status::Timeout => "timeout",
            Status::Unanswered => "unanswered",
            Status::Cancelled => "cancelled",
            Status::Failed => "failed",
        }
    }

    /// Nothing follows any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Status::Started | Status::Ringing | Status::Answered)
    }

    /// May `next` follow? States only ever go forward, so a late answer of a leg that is over changes nothing.
    pub fn may_become(self, next: Status) -> bool {
        match (self, next) {
            (Status::Started, _) => next != Status::Started,
            (Status::Ringing, _) => !matches!(next, Status::Started | Status::Ringing),
            (Status::Answered, _) => next == Status::Completed,
            _ => false,
        }
    }
}
