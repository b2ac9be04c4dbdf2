//! Keep Alive (MQTT 5 §3.1.2.10, 3.1.1 §3.1.2.10).
//!
//! Measured against the clock, never counted in timer ticks: a page whose timers were throttled or
//! stopped sees at its next look what is overdue. PINGREQ goes out when for one Keep Alive nothing was
//! sent, or nothing was received: a client that only sends would otherwise never notice that nobody
//! is there. A server that stays silent for half a Keep Alive after that is given up, so a dead link is
//! noticed within 1.5 × Keep Alive, which is when the server gives the client up `[MQTT-3.1.2-22]`.
//!
//! Must never live here: sending.

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
    pinged: Option<u64>,
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

    /// PINGRESP was received.
    pub fn answered(&mut self) {
        self.pinged = None;
    }

    /// When to look again.
    pub fn deadline(&self) -> Option<u64> {
        if self.interval == 0 {
            return None;
        }
        Some(match self.pinged {
            Some(pinged) => pinged.max(self.received) + self.interval / 2,
            None => self.sent.min(self.received) + self.interval,
        })
    }

    /// What is called for at `now`. [`Due::Ping`] is said once: the ping counts as sent.
    pub fn check(&mut self, now: u64) -> Due {
        let Some(deadline) = self.deadline() else {
            return Due::Nothing;
        };
        // A clock that was set back says nothing of how long it has been silent: ask.
        let set_back = now
            < self
                .sent
                .min(self.received)
                .max(self.pinged.unwrap_or_default());
        if now < deadline && !set_back {
            return Due::Nothing;
        }
        if set_back {
            self.received = now;
            self.pinged = None;
        }
        if self.pinged.is_some() {
            return Due::GiveUp;
        }
        self.pinged = Some(now);
        self.sent(now);
        Due::Ping
    }
}
