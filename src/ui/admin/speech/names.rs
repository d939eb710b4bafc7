//! What the page calls the texts, and the places where they are heard.

use crate::domain::spoken::{Place, Text};
use crate::ui::language::Words;
use crate::ui::parts::icon::Mark;

/// Places that belong together.
pub(super) struct Group {
    /// In ids of the page.
    pub(super) name: &'static str,
    pub(super) title: fn(&Words) -> &'static str,
    pub(super) places: &'static [Place],
}

/// Every place once, in the order of a call.
pub(super) const GROUPS: [Group; 4] = [
    Group {
        name: "incoming",
        title: |words| words.speech_group_incoming,
        places: &[Place::Ringing, Place::Menus, Place::Trouble],
    },
    Group {
        name: "waiting",
        title: |words| words.speech_group_waiting,
        places: &[Place::Queue, Place::Wishes, Place::Closed],
    },
    Group { name: "numbers", title: |words| words.speech_group_numbers, places: &[Place::Private, Place::Sockets] },
    Group { name: "agents", title: |words| words.speech_group_agents, places: &[Place::Agents] },
];

/// A place's picture.
pub(super) fn mark_of_place(place: Place) -> Mark {
    match place {
        Place::Ringing => Mark::Incoming,
        Place::Queue => Mark::Team,
        Place::Wishes => Mark::Voicemail,
        Place::Closed => Mark::Clock,
        Place::Menus => Mark::Fork,
        Place::Private => Mark::Shield,
        Place::Sockets => Mark::Wave,
        Place::Trouble => Mark::Wrong,
        Place::Agents => Mark::Headset,
    }
}

/// A place's name.
pub(super) fn name_of_place(words: &Words, place: Place) -> &'static str {
    match place {
        Place::Ringing => words.speech_place_ringing,
        Place::Queue => words.speech_place_queue,
        Place::Wishes => words.speech_place_wishes,
        Place::Closed => words.speech_place_closed,
        Place::Menus => words.speech_place_menus,
        Place::Private => words.speech_place_private,
        Place::Sockets => words.speech_place_sockets,
        Place::Trouble => words.speech_place_trouble,
        Place::Agents => words.speech_place_agents,
    }
}

/// When its texts are heard.
pub(super) fn about_place(words: &Words, place: Place) -> &'static str {
    match place {
        Place::Ringing => words.speech_about_ringing,
        Place::Queue => words.speech_about_queue,
        Place::Wishes => words.speech_about_wishes,
        Place::Closed => words.speech_about_closed,
        Place::Menus => words.speech_about_menus,
        Place::Private => words.speech_about_private,
        Place::Sockets => words.speech_about_sockets,
        Place::Trouble => words.speech_about_trouble,
        Place::Agents => words.speech_about_agents,
    }
}

/// A text's name.
pub(super) fn name_of_text(words: &Words, text: Text) -> &'static str {
    match text {
        Text::AgentGreeting => words.speech_text_agent_greeting,
        Text::Connecting => words.speech_text_connecting,
        Text::InsteadOf => words.speech_text_instead_of,
        Text::Moment => words.speech_text_moment,
        Text::Calling => words.speech_text_calling,
        Text::AllBusy => words.speech_text_all_busy,
        Text::RingsAll => words.speech_text_rings_all,
        Text::Position => words.speech_text_position,
        Text::WaitMinute => words.speech_text_wait_minute,
        Text::WaitMinutes => words.speech_text_wait_minutes,
        Text::OfferTelephone => words.speech_text_offer,
        Text::OfferWithheld => words.speech_text_offer_withheld,
        Text::OfferVisitor => words.speech_text_offer_visitor,
        Text::QueueFull => words.speech_text_queue_full,
        Text::QueueTooLong => words.speech_text_queue_too_long,
        Text::QueueUnattended => words.speech_text_queue_unattended,
        Text::LeaveMessage => words.speech_text_leave_message,
        Text::LeaveMessageVisitor => words.speech_text_leave_message_visitor,
        Text::Thanks => words.speech_text_thanks,
        Text::CallBack => words.speech_text_call_back,
        Text::NoNumber => words.speech_text_no_number,
        Text::Goodbye => words.speech_text_goodbye,
        Text::Closed => words.speech_text_closed,
        Text::ClosedHoliday => words.speech_text_closed_holiday,
        Text::OpensAgain => words.speech_text_opens_again,
        Text::OfferCallBack => words.speech_text_offer_call_back,
        Text::LeaveNumber => words.speech_text_leave_number,
        Text::CallBackWhenOpen => words.speech_text_call_back_when_open,
        Text::MenuLanguage => words.speech_text_menu_language,
        Text::MenuExtension => words.speech_text_menu_extension,
        Text::PrivateWait => words.speech_text_private_wait,
        Text::PrivateOver => words.speech_text_private_over,
        Text::PrivateUnknown => words.speech_text_private_unknown,
        Text::PrivateWithheld => words.speech_text_private_withheld,
        Text::PrivateBusy => words.speech_text_private_busy,
        Text::PrivateNoAnswer => words.speech_text_private_no_answer,
        Text::PrivateNotReached => words.speech_text_private_not_reached,
        Text::PrivatePin => words.speech_text_private_pin,
        Text::PrivatePinAgain => words.speech_text_private_pin_again,
        Text::PrivatePinWrong => words.speech_text_private_pin_wrong,
        Text::Recorded => words.speech_text_recorded,
        Text::Echo => words.speech_text_echo,
        Text::Socket => words.speech_text_socket,
        Text::NotInUse => words.speech_text_not_in_use,
        Text::Apology => words.speech_text_apology,
        Text::NotPlaced => words.speech_text_not_placed,
        Text::TestCall => words.speech_text_test_call,
        Text::SoftphoneNumber => words.speech_text_softphone_number,
        Text::SoftphoneCountry => words.speech_text_softphone_country,
        Text::SoftphonePolicy => words.speech_text_softphone_policy,
        Text::SoftphoneTooMany => words.speech_text_softphone_too_many,
        Text::SoftphoneAgain => words.speech_text_softphone_again,
        Text::SoftphoneBusy => words.speech_text_softphone_busy,
        Text::SoftphoneUnable => words.speech_text_softphone_unable,
    }
}
