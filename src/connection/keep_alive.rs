//! Keep Alive (MQTT 5 §3.1.2.10, 3.1.1 §3.1.2.10).
//!
//! Measured against the clock, never counted in timer ticks: a page whose timers were throttled or
//! stopped sees at its next look what is overdue. PINGREQ goes out when for one Keep Alive nothing was
//! sent, or nothing was received: a client that only sends would otherwise never notice that nobody
//! is there. A server that stays silent for half a Keep Alive after that is given up, so a dead link is
//! noticed within 1.5 × Keep Alive, which is when the server gives the client up `[MQTT-3.1.2-22]`. A client
//! that has slept for so long knows that it was given up, without asking.
//!
//! Must never live here: sending.

/// How long at most an answer is waited for where there was reason to ask out of turn, in milliseconds.
const PROBE: u64 = 5_000;

/// What the clock calls for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// A PINGREQ.
    Ping,
    /// The server did not answer the last PINGREQ.
    GiveUp,
}

/// The times of the last signs of life, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct KeepAlive {
    interval: u64,
    sent: u64,
    received: u64,
    pinged: Option<Pinged>,
}

/// A PINGREQ that was not answered yet.
#[derive(Clone, Copy, Debug)]
struct Pinged {
    at: u64,
    /// How long its answer may take, counted from the last sign of life.
    patience: u64,
    /// How many bytes of the connection were given to the transport before it.
    behind: u64,
}

impl KeepAlive {
    /// Starts at `now` with an interval in seconds; 0 turns it off.
    pub fn start(&mut self, seconds: u16, now: u64) {
        *self = Self {
            interval: u64::from(seconds) * 1000,
            sent: now,
            received: now,
            pinged: None,
        };
    }

    /// A packet was sent.
    pub fn sent(&mut self, now: u64) {
        self.sent = now;
    }

    /// Bytes were received. While an answer to PINGREQ is due they put its deadline off: a large
    /// packet before it on a slow link is no silence.
    pub fn received(&mut self, now: u64) {
        self.received = now;
    }

    /// The question that was just put stands in the line behind so many bytes, counted from the beginning of the
    /// connection.
    pub fn stands_behind(&mut self, bytes: u64) {
        if let Some(pinged) = &mut self.pinged
            && pinged.behind == 0
        {
            pinged.behind = bytes;
        }
    }

    /// What ends at so many bytes of the connection has become so many bytes longer, or shorter: a question behind it stands
    /// elsewhere.
    pub fn moved(&mut self, end: u64, by: i64) {
        if let Some(pinged) = &mut self.pinged
            && pinged.behind >= end
        {
            pinged.behind = pinged.behind.saturating_add_signed(by);
        }
    }

    /// Of what was given to the transport more has left it, `before` bytes having left earlier. As long as the question
    /// has not, its answer is not overdue.
    pub fn progress(&mut self, before: u64, now: u64) {
        if let Some(pinged) = &mut self.pinged
            && before < pinged.behind
        {
            pinged.at = now;
        }
    }

    /// Whether an answer is waited for.
    pub fn is_waiting(&self) -> bool {
        self.pinged.is_some()
    }

    /// PINGRESP was received.
    pub fn answered(&mut self) {
        self.pinged = None;
    }

    /// When to look again.
    pub fn deadline(&self) -> Option<u64> {
        if self.interval == 0 {
            return None;
        }
        let silent = match self.pinged {
            Some(pinged) => self.answer_by(pinged).min(self.sent + self.interval),
            None => self.sent.min(self.received) + self.interval,
        };
        Some(silent)
    }

    /// What is called for at `now`. [`Due::Ping`] is said once: the ping counts as sent.
    pub fn check(&mut self, now: u64) -> Due {
        let Some(deadline) = self.deadline() else {
            return Due::Nothing;
        };
        // A clock that was set back says nothing of how long it has been silent: ask.
        let asked = self.pinged.map_or(0, |pinged| pinged.at);
        let set_back = now < self.sent.min(self.received).max(asked);
        if now < deadline && !set_back {
            return Due::Nothing;
        }
        if set_back {
            self.received = now;
            self.pinged = None;
        } else if self.is_over(now) || self.pinged.is_some_and(|it| now >= self.answer_by(it)) {
            return Due::GiveUp;
        }
        self.ping(self.interval / 2, now);
        Due::Ping
    }

    /// Whether the server has given this client up, having heard nothing for 1.5 × Keep Alive
    /// `[MQTT-3.1.2-22]`.
    pub fn is_over(&self, now: u64) -> bool {
        self.interval > 0 && now.saturating_sub(self.sent) * 2 >= self.interval * 3
    }

    /// Whether to ask out of turn if the server is still there; then the question counts as sent. Not where one
    /// has not been answered yet, nor without Keep Alive.
    pub fn probe(&mut self, now: u64) -> bool {
        let asks = self.interval > 0 && self.pinged.is_none();
        if asks {
            self.ping(PROBE.min(self.interval / 2), now);
        }
        asks
    }

    fn ping(&mut self, patience: u64, now: u64) {
        // One that was not answered goes on to be waited for.
        self.pinged.get_or_insert(Pinged {
            at: now,
            patience,
            behind: 0,
        });
        self.sent(now);
    }

    fn answer_by(&self, pinged: Pinged) -> u64 {
        pinged.at.max(self.received) + pinged.patience
    }
}
