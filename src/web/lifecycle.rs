//! What happens to the page, or the worker, while there is a connection or one is wanted.
//!
//! Must never live here: what follows from it for the connection; that is the machine's to decide.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::driver::Driver;
use crate::client::State;

#[wasm_bindgen(module = "/src/web/lifecycle.js")]
extern "C" {
    /// Whether there may be a network.
    #[wasm_bindgen(js_name = isOnline)]
    pub(super) fn is_online() -> bool;
}

// Signs, numbered as in `lifecycle.js`.
pub(super) const OFFLINE: u32 = 0;
pub(super) const ONLINE: u32 = 1;
/// The page is shown again, was thawed, or came out of the back/forward cache.
pub(super) const AWAKE: u32 = 2;

impl Driver {
    /// The network went or came, or the page is back. Whoever slept may have missed deadlines, and with them the
    /// end of the connection: that is looked at before anything else is done.
    pub(super) fn on_life(&self, sign: u32, now: u64) {
        self.timer.unset();
        self.machine.borrow_mut().handle_timeout(now);
        let dead = |websocket: WebSocket| websocket.ready_state() == WebSocket::CLOSED;
        if self.websocket().is_some_and(dead) {
            // Closed while the page was away, and nobody was told.
            self.closed(None);
        }
        {
            let mut machine = self.machine.borrow_mut();
            // Whoever was frozen has missed what happened to the network.
            let online = match sign {
                OFFLINE => false,
                ONLINE => true,
                _ => is_online(),
            };
            machine.set_online(online, now);
            if sign != OFFLINE {
                machine.retry(now);
            }
        }
        if sign == OFFLINE && self.machine.borrow().state() == State::Waiting {
            // It waits for something else now, and that is told again.
            self.outlook.set((self.outlook.get().0, None));
            self.told_state.set(State::Disconnected);
        }
    }
}
