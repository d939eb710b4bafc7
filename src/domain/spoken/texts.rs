//! Each text that callers hear from us, what may stand in it, and what is said by default.

use serde::{Deserialize, Serialize};

use crate::domain::click_to_call::{APOLOGY, NOT_IN_USE, TEST_CALL};
use crate::domain::language::Language;

/// When a text is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Before somebody answers.
    Ringing,
    Queue,
    /// Messages, calls back, and the end of a call.
    Wishes,
    /// The business is closed.
    Closed,
    Menus,
    Private,
    Sockets,
    /// The call comes to nothing.
    Trouble,
    /// An agent who dials in a program without a console.
    Agents,
}

impl Place {
    pub const EVERY: [Self; 9] = [
        Self::Ringing,
        Self::Queue,
        Self::Wishes,
        Self::Closed,
        Self::Menus,
        Self::Private,
        Self::Sockets,
        Self::Trouble,
        Self::Agents,
    ];

    /// Its word in addresses and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Queue => "queue",
            Self::Wishes => "wishes",
            Self::Closed => "closed",
            Self::Menus => "menus",
            Self::Private => "private",
            Self::Sockets => "sockets",
            Self::Trouble => "trouble",
            Self::Agents => "agents",
        }
    }

    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|place| place.name() == name)
    }
}

/// What stands for a value in a text: `{agent}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder {
    pub name: &'static str,
    /// Without it the text says less than callers need.
    pub needed: bool,
}

const fn may(name: &'static str) -> Placeholder {
    Placeholder { name, needed: false }
}

const fn needed(name: &'static str) -> Placeholder {
    Placeholder { name, needed: true }
}

/// What is known of a text.
struct Row {
    name: &'static str,
    place: Place,
    holds: &'static [Placeholder],
    /// English, Chinese.
    usual: [&'static str; 2],
}

/// The texts: for each its name, when it is heard, its placeholders, and what is said by default.
macro_rules! texts {
    ($($(#[$about:meta])* $text:ident $name:literal $place:ident [$($holds:expr),*] $en:expr, $zh:expr;)+) => {
        /// A text that callers hear.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Text {
            $($(#[$about])* $text,)+
        }

        impl Text {
            pub const EVERY: &[Self] = &[$(Self::$text,)+];

            fn row(self) -> &'static Row {
                match self {
                    $(Self::$text => const {
                        &Row { name: $name, place: Place::$place, holds: &[$($holds),*], usual: [$en, $zh] }
                    },)+
                }
            }
        }
    };
}

texts! {
    /// Who calls an agent's own number.
    AgentGreeting "agent-greeting" Ringing [may("agent")]
        "Thank you for calling {agent}",
        "感谢您致电{agent}";
    Connecting "connecting" Ringing [may("agent")]
        "Please wait while we connect you to {agent}",
        "请稍候，正在为您接通{agent}";
    /// Somebody else takes the call than the one who was wanted.
    InsteadOf "instead-of" Ringing [may("wanted"), may("agent")]
        "{wanted} is not available. Please wait while we connect you to {agent}.",
        "{wanted}现在无法接听。请稍候，正在为您接通{agent}。";
    /// An agent was found, and the caller is about to be led there.
    Moment "moment" Ringing []
        "One moment, please.",
        "请稍候。";
    /// An agent, whose call to a telephone is placed.
    Calling "calling" Ringing []
        "Please wait while we connect you.",
        "请稍候，正在为您接通。";
    AllBusy "all-busy" Queue []
        "All our agents are busy at the moment.",
        "我们的客服人员都在忙。";
    /// Several agents ring at once.
    RingsAll "rings-all" Queue []
        "Our agents are being called.",
        "正在为您呼叫客服人员。";
    Position "position" Queue [needed("position")]
        "You are number {position} in the queue.",
        "您排在第{position}位。";
    /// How long callers waited lately, where a queue tells it.
    WaitMinute "wait-minute" Queue []
        "The wait is about one minute.",
        "预计等待约一分钟。";
    WaitMinutes "wait-minutes" Queue [needed("minutes")]
        "The wait is about {minutes} minutes.",
        "预计等待约{minutes}分钟。";
    OfferTelephone "offer" Queue []
        "Press 1 to leave a message, press 2 to be called back, or stay on the line.",
        "留言请按1，预约回电请按2，或请继续等待。";
    /// Whose number is hidden: nobody can call them back.
    OfferWithheld "offer-withheld" Queue []
        "Press 1 to leave a message, or stay on the line.",
        "留言请按1，或请继续等待。";
    /// Has buttons on their page.
    OfferVisitor "offer-visitor" Queue []
        "Please stay on the line.",
        "请继续等待。";
    /// The queue is full: this caller is led elsewhere.
    QueueFull "queue-full" Queue []
        "All our agents are busy, and many callers are waiting.",
        "我们的客服人员都在忙，等待的人很多。";
    QueueTooLong "queue-too-long" Queue []
        "All our agents are still busy.",
        "我们的客服人员仍在忙。";
    /// Nobody who takes calls of the queue is there.
    QueueUnattended "queue-unattended" Queue []
        "Nobody can take your call at the moment.",
        "现在无人能接听您的电话。";
    LeaveMessage "leave-message" Wishes []
        "Please leave your message after the tone, and press hash when you are done.",
        "请在提示音后留言，留言结束请按井号键。";
    /// In a browser there may be no keys.
    LeaveMessageVisitor "leave-message-visitor" Wishes []
        "Please leave your message after the tone, and hang up when you are done.",
        "请在提示音后留言，留言结束后挂断即可。";
    Thanks "thanks" Wishes []
        "Thank you. Goodbye.",
        "谢谢，再见。";
    CallBack "call-back" Wishes []
        "Thank you. We will call you back as soon as somebody is free. Goodbye.",
        "谢谢，我们会尽快给您回电。再见。";
    NoNumber "no-number" Wishes []
        "We do not know your number, so we cannot call you back.",
        "我们看不到您的号码，无法给您回电。";
    Goodbye "goodbye" Wishes []
        "Goodbye.",
        "再见。";
    Closed "closed" Closed []
        "We are closed at the moment.",
        "您好，现在不在营业时间内。";
    ClosedHoliday "closed-holiday" Closed [may("holiday")]
        "We are closed today: {holiday}",
        "您好，今天我们休息：{holiday}";
    OpensAgain "opens-again" Closed [needed("when")]
        "We are open again {when}.",
        "我们将于{when}恢复营业。";
    OfferCallBack "offer-call-back" Closed []
        "To be called back when we are open again, press 1.",
        "如需我们在恢复营业后给您回电，请按1。";
    /// Visitors, who have no keys.
    LeaveNumber "leave-number" Closed []
        "To be called back, please leave your number on our page.",
        "如需回电，请在网页上留下您的号码。";
    CallBackWhenOpen "call-back-when-open" Closed []
        "Thank you. We will call you back when we are open again. Goodbye.",
        "谢谢，恢复营业后我们会给您回电。再见。";
    /// A key leads to this language. Said in it, whatever the language of the menu is.
    MenuLanguage "menu-language" Menus [needed("key")]
        "For English, press {key}.",
        "中文服务请按{key}。";
    /// A menu has extensions, and no prompt that the operator wrote.
    MenuExtension "menu-extension" Menus []
        "If you know the extension that you want, dial it at any time.",
        "如果您知道分机号，可随时直接拨打。";
    PrivateWait "private-wait" Private []
        "Please wait whilst we connect your call",
        "请稍候，正在为您接通电话";
    PrivateOver "private-over" Private []
        "This conversation is over, and this number no longer reaches the other person. Goodbye.",
        "本次隐私号通话已经结束，此号码已无法联系对方。再见。";
    PrivateUnknown "private-unknown" Private []
        "We do not know this telephone. Please call from the number that you registered with us. Goodbye.",
        "我们无法识别这部电话。请使用您登记的号码拨打。再见。";
    PrivateWithheld "private-withheld" Private []
        "Your number is hidden, so we cannot connect you. Please show your number and call again. Goodbye.",
        "您的号码未显示，我们无法为您接通。请开启来电显示后重新拨打。再见。";
    PrivateBusy "private-busy" Private []
        "The other person cannot take your call at the moment. Please try again later. Goodbye.",
        "对方现在无法接听您的电话，请稍后再拨。再见。";
    PrivateNoAnswer "private-no-answer" Private []
        "The other person does not answer. Please try again later. Goodbye.",
        "对方无人接听，请稍后再拨。再见。";
    PrivateNotReached "private-not-reached" Private []
        "The other person cannot be reached at the moment. Please try again later. Goodbye.",
        "暂时无法联系到对方，请稍后再拨。再见。";
    PrivatePin "private-pin" Private []
        "We do not know this telephone. Please enter your six digit PIN, then press hash.",
        "我们无法识别这部电话。请输入六位密码，按井号键结束。";
    PrivatePinAgain "private-pin-again" Private []
        "That PIN is not right. Please enter your six digit PIN, then press hash.",
        "密码不正确。请重新输入六位密码，按井号键结束。";
    PrivatePinWrong "private-pin-wrong" Private []
        "That PIN is not right. Please check it and call again. Goodbye.",
        "密码不正确。请核对后重新拨打。再见。";
    /// Said first: nobody is recorded without knowing it.
    Recorded "recorded" Sockets []
        "This call is recorded.",
        "本次通话将被录音。";
    Echo "echo" Sockets []
        "Please wait while we connect you to the echo server",
        "请稍候，正在为您接通回声测试";
    Socket "socket" Sockets []
        "Please wait while we connect you.",
        "请稍候，正在为您接通。";
    NotInUse "not-in-use" Trouble []
        NOT_IN_USE,
        "您拨打的号码尚未启用，请核对后再拨。";
    /// The database is gone, the request makes no sense, a handler panicked.
    Apology "apology" Trouble []
        APOLOGY,
        "很抱歉，我们现在无法接听您的电话。请过几分钟再拨。";
    /// The dial policy forbids what the caller should be connected to.
    NotPlaced "not-placed" Trouble []
        "This call cannot be placed.",
        "无法接通此电话。";
    /// The telephone that the operator has called to see whether calls work.
    TestCall "test-call" Trouble []
        TEST_CALL,
        "这是来自 Switchboard 的测试电话。您能听到这段话，说明通话正常。";
    SoftphoneNumber "softphone-number" Agents []
        "This is not a telephone number. Please check it and dial again.",
        "这不是有效的电话号码，请核对后重拨。";
    SoftphoneCountry "softphone-country" Agents []
        "Calls to this country are not allowed.",
        "不允许拨打此国家或地区的电话。";
    SoftphonePolicy "softphone-policy" Agents []
        "This number may not be called, or no more calls are allowed today.",
        "不允许拨打此号码，或今天的通话次数已用完。";
    SoftphoneTooMany "softphone-too-many" Agents []
        "You have placed many calls. Please wait a little.",
        "您拨打的电话过多，请稍等片刻。";
    SoftphoneAgain "softphone-again" Agents []
        "This call was placed already. Please dial again.",
        "此通电话已经拨出，请重新拨打。";
    SoftphoneBusy "softphone-busy" Agents []
        "You are in another call. Please end it first.",
        "您正在通话中，请先结束当前通话。";
    SoftphoneUnable "softphone-unable" Agents []
        "The call cannot be placed at the moment.",
        "暂时无法拨出此电话。";
}

impl Text {
    /// Its word in forms, files and the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::EVERY.iter().copied().find(|text| text.name() == name)
    }

    /// When it is heard.
    #[must_use]
    pub fn place(self) -> Place {
        self.row().place
    }

    /// What may stand in it.
    #[must_use]
    pub fn holds(self) -> &'static [Placeholder] {
        self.row().holds
    }

    /// What is said by default.
    #[must_use]
    pub fn usual(self, language: Language) -> &'static str {
        let [english, chinese] = self.row().usual;
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.name().to_owned()
    }
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::of(&name).ok_or_else(|| format!("there is no spoken text {name:?}"))
    }
}
