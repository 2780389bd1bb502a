//! What a session does when it comes up and when it is reset, step by step.

use std::collections::VecDeque;

/// States of the BGP finite state machine (RFC 4271, section 8.2.2), as MRT numbers them (RFC 6396, section 4.4.1).
pub(crate) mod state {
    pub(crate) const IDLE: u16 = 1;
    pub(crate) const CONNECT: u16 = 2;
    pub(crate) const OPEN_SENT: u16 = 4;
    pub(crate) const OPEN_CONFIRM: u16 = 5;
    pub(crate) const ESTABLISHED: u16 = 6;
}

/// What a session does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scripted {
    pub(crate) peer: usize,
    pub(crate) step: Step,
    /// UTC microseconds since 1970; everything behind it in the script waits too.
    pub(crate) not_before_us: i64,
}

/// One step of a session: one record or more; of BMP perhaps none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The peer says that it ends the session.
    Notification,
    /// The state changes.
    State { old: u16, new: u16 },
    /// The peer's OPEN.
    Open,
    /// The KEEPALIVE that confirms the OPEN.
    Keepalive,
    /// The part of the peer's table that belongs to this one of the family's origins, then the next one's; after the
    /// last one End-of-RIB.
    Transfer { holder: usize },
}

/// Appends what happens when a session comes up, at `from_us` at the earliest.
pub(crate) fn come_up(script: &mut VecDeque<Scripted>, peer: usize, from_us: i64) {
    use state::{CONNECT, ESTABLISHED, IDLE, OPEN_CONFIRM, OPEN_SENT};
    let steps = [
        Step::State {
            old: IDLE,
            new: CONNECT,
        },
        Step::State {
            old: CONNECT,
            new: OPEN_SENT,
        },
        Step::Open,
        Step::State {
            old: OPEN_SENT,
            new: OPEN_CONFIRM,
        },
        Step::Keepalive,
        Step::State {
            old: OPEN_CONFIRM,
            new: ESTABLISHED,
        },
        Step::Transfer { holder: 0 },
    ];
    script.extend(steps.map(|step| Scripted {
        peer,
        step,
        not_before_us: from_us,
    }));
}

/// Appends what happens when a session is reset: it goes down, and at `from_us` it comes up again.
pub(crate) fn reset(script: &mut VecDeque<Scripted>, peer: usize, from_us: i64) {
    let down = Step::State {
        old: state::ESTABLISHED,
        new: state::IDLE,
    };
    let steps = [Step::Notification, down];
    script.extend(steps.map(|step| Scripted {
        peer,
        step,
        not_before_us: 0,
    }));
    come_up(script, peer, from_us);
}
