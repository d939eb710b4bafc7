//! The states of a leg only go forward.

use super::*;

const ALL: [Status; 10] = [
    Status::Started,
    Status::Ringing,
    Status::Answered,
    Status::Completed,
    Status::Busy,
    Status::Rejected,
    Status::Timeout,
    Status::Unanswered,
    Status::Cancelled,
    Status::Failed,
];

#[test]
fn states_only_go_forward() {
    for from in ALL {
        assert!(!from.may_become(from));
        assert!(!from.may_become(Status::Started));
        for to in ALL {
            assert!(!(from.may_become(to) && to.may_become(from)), "{from:?} and {to:?} go both ways");
            assert!(!(from.is_over() && from.may_become(to)), "{from:?} is over");
        }
    }
    assert!(Status::Answered.may_become(Status::Completed) && !Status::Answered.may_become(Status::Busy));
}
