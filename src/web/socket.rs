//! One WebSocket, from opening to closing.
//!
//! Its handlers hold the client weakly and are cleared when it is dropped, so that a socket that lingers
//! calls nobody. Must never live here: what its bytes mean.

use std::rc::Weak;

use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::driver::Driver;

/// A WebSocket whose events go to a client.
#[derive(Debug)]
pub(super) struct Socket {
    websocket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to open a WebSocket; the error is the platform's.
    pub(super) fn open(url: &str, protocol: &str, client: &Weak<Driver>) -> Result<Self, JsValue> {
        let websocket = match protocol {
            "" => WebSocket::new(url)?,
            protocol => WebSocket::new_with_str(url, protocol)?,
        };
        websocket.set_binary_type(BinaryType::Arraybuffer);
        let weak = client.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || {
            if let Some(client) = weak.upgrade() {
                client.on_open();
            }
        });
        let weak = client.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(client) = weak.upgrade() else {
                return;
            };
            match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => client.on_bytes(&buffer),
                Err(_) => client.on_text(),
            }
        });
        let weak = client.clone();
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            if let Some(client) = weak.upgrade() {
                client.on_close(event.code());
            }
        });
        websocket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        websocket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        websocket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self {
            websocket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// The WebSocket itself, to be used when no borrow is held.
    pub(super) fn websocket(&self) -> WebSocket {
        self.websocket.clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.websocket.set_onopen(None);
        self.websocket.set_onmessage(None);
        self.websocket.set_onclose(None);
        if self.websocket.ready_state() < WebSocket::CLOSING {
            close(&self.websocket);
        }
    }
}

/// Begins the closing handshake. `close()` without a code never throws.
pub(super) fn close(websocket: &WebSocket) {
    let closed = websocket.close();
    debug_assert!(closed.is_ok(), "close() without arguments: {closed:?}");
}
