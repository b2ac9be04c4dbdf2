//! One WebSocket, from opening to closing.
//!
//! Its handlers are JavaScript (`port.js`), and are cleared when it is dropped, so that a socket that lingers calls nobody.
//! Must never live here: what its bytes mean.

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/web/port.js")]
extern "C" {
    fn leave(websocket: &WebSocket);
}

/// A WebSocket whose events go to a client.
#[derive(Debug)]
pub(super) struct Socket(pub(super) WebSocket);

impl Socket {
    /// The WebSocket itself, to be used when no borrow is held.
    pub(super) fn websocket(&self) -> WebSocket {
        self.0.clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        leave(&self.0);
    }
}

/// Begins the closing handshake. `close()` without a code never throws.
pub(super) fn close(websocket: &WebSocket) {
    let closed = websocket.close();
    debug_assert!(closed.is_ok(), "close() without arguments: {closed:?}");
}
