//! What more than one job needs: who may do what, what leads where, what may be dialled, what is on record.

use std::sync::Arc;

use super::accounts::Accounts;
use super::business::Business;
use super::call_flows::CallFlows;
use super::calls::CallLog;
use super::clock_skew::ClockSkew;
use super::core::Core;
use super::dial_policy::DialPolicy;
use super::flash::Flash;
use super::hours::OpeningHours;
use super::lines::Lines;
use super::live::Live;
use super::menus::Menus;
use super::private_calls::masking::Masking;
use super::queues::Queues;
use super::rights::Rights;
use super::spoken::SpokenTexts;

/// What more than one job needs.
pub struct Shared {
    pub(super) core: Arc<Core>,
    pub accounts: Accounts,
    pub rights: Rights,
    pub flash: Flash,
    pub live: Live,
    pub business: Business,
    pub lines: Lines,
    pub log: CallLog,
    pub dial: DialPolicy,
    pub hours: OpeningHours,
    pub menus: Menus,
    pub spoken: SpokenTexts,
    pub queues: Queues,
    pub flows: CallFlows,
    pub clock_skew: ClockSkew,
}

impl Shared {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        let each = || Arc::clone(core);
        let rights = Rights::default();
        let accounts = Accounts::new(each(), rights.clone());
        let live = Live::new(each());
        let lines = Lines::new(each(), live.clone(), accounts.clone());
        let dial = DialPolicy::new(each(), lines.clone());
        let menus = Menus::new(each(), lines.clone(), dial.clone());
        let queues = Queues::new(each(), lines.clone(), dial.clone(), menus.clone());
        let masking = Masking::new(each(), lines.clone());
        Self {
            core: each(),
            accounts,
            rights,
            flash: Flash::new(each()),
            live,
            log: CallLog::new(each(), lines.clone(), masking),
            business: Business::new(each(), lines.clone()),
            flows: CallFlows::new(each(), lines.clone(), dial.clone(), menus.clone(), queues.clone()),
            hours: OpeningHours::new(each(), lines.clone(), dial.clone(), queues.clone()),
            queues,
            menus,
            spoken: SpokenTexts::new(each()),
            lines,
            dial,
            clock_skew: ClockSkew::new(each()),
        }
    }
}
