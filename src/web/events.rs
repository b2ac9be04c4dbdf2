//! The names of the events, and the application's handlers for them (kept in `events.js`).

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

macro_rules! events {
    ($($event:ident = $name:literal),* $(,)?) => {
        /// An event an application can listen to; `ClientEvents` of the TypeScript declarations.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub(super) enum EventName {
            $($event),*
        }

        const NAMES: &[(&str, EventName)] = &[$(($name, EventName::$event)),*];
    };
}

events! {
    Connected = "connected",
    Disconnected = "disconnected",
    ConnectionStatus = "connectionStatus",
    MessageIn = "messageIn",
    MessageOut = "messageOut",
    MessageAck = "messageAck",
    MessageLost = "messageLost",
    Subscribed = "subscribed",
    Unsubscribed = "unsubscribed",
    ReadyToSend = "readyToSend",
    SessionSaved = "sessionSaved",
    SessionRestored = "sessionRestored",
    SessionLost = "sessionLost",
    Error = "error",
}

impl EventName {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, event)| *event)
    }
}

#[wasm_bindgen(module = "/src/web/events.js")]
extern "C" {
    #[derive(Debug)]
    #[wasm_bindgen(js_name = Handlers)]
    type JsHandlers;
    #[wasm_bindgen(constructor, js_class = Handlers)]
    fn new(events: u32, errors: u32) -> JsHandlers;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn add(this: &JsHandlers, event: u32, handler: &JsValue, once: bool) -> Function;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn remove(this: &JsHandlers, event: u32, handler: &JsValue);
    #[wasm_bindgen(method, js_class = Handlers)]
    fn clear(this: &JsHandlers);
    #[wasm_bindgen(method, js_class = Handlers)]
    fn has(this: &JsHandlers, event: u32) -> bool;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn emit(this: &JsHandlers, event: u32, detail: &JsValue) -> Array;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn report(this: &JsHandlers, error: &JsValue);
}

/// The handlers of one client.
#[derive(Debug)]
pub(super) struct Handlers(JsHandlers);

impl Handlers {
    pub(super) fn new() -> Self {
        Self(JsHandlers::new(NAMES.len() as u32, EventName::Error as u32))
    }

    /// Adds a handler; the function returned removes it.
    pub(super) fn add(&self, event: EventName, handler: &JsValue, once: bool) -> Function {
        self.0.add(event as u32, handler, once)
    }

    pub(super) fn remove(&self, event: EventName, handler: &JsValue) {
        self.0.remove(event as u32, handler);
    }

    pub(super) fn clear(&self) {
        self.0.clear();
    }

    /// Whether anyone listens: if not, the detail need not be made.
    pub(super) fn has(&self, event: EventName) -> bool {
        self.0.has(event as u32)
    }

    /// Calls the handlers; returns their promises, of which none is ever rejected.
    pub(super) fn emit(&self, event: EventName, detail: &JsValue) -> Array {
        self.0.emit(event as u32, detail)
    }

    /// As [`Self::emit`], where nobody waits for promises; makes the detail only if someone listens.
    pub(super) fn tell(&self, event: EventName, detail: impl FnOnce() -> JsValue) {
        if self.has(event) {
            self.emit(event, &detail());
        }
    }

    /// Emits `error`, or tells the platform if nobody listens.
    pub(super) fn report(&self, error: &JsValue) {
        self.0.report(error);
    }
}
