//! The names of the events, and the application's handlers for them (kept in `events.js`).

use js_sys::Array;
use wasm_bindgen::prelude::*;

macro_rules! events {
    ($($event:ident = $name:literal),* $(,)?) => {
        /// An event an application can listen to; `ClientEvents` of the TypeScript declarations.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub(super) enum EventName {
            $($event),*
        }

        /// All names, by number; behind them the one whose events are made in JavaScript.
        const LISTED: &str = concat!($($name, " "),*, "log");
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

#[wasm_bindgen(module = "/src/web/events.js")]
extern "C" {
    #[derive(Debug)]
    #[wasm_bindgen(js_name = Handlers)]
    type JsHandlers;
    #[wasm_bindgen(constructor, js_class = Handlers)]
    fn new(names: &str) -> JsHandlers;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn clear(this: &JsHandlers);
    #[wasm_bindgen(method, js_class = Handlers)]
    fn has(this: &JsHandlers, event: u32) -> bool;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn emit(this: &JsHandlers, event: u32, detail: &JsValue) -> Array;
    #[wasm_bindgen(method, js_class = Handlers, js_name = tellEach)]
    fn tell_each(this: &JsHandlers, event: u32, results: &JsValue);
    #[wasm_bindgen(method, js_class = Handlers)]
    fn queue(this: &JsHandlers, event: u32, detail: &JsValue);
    #[wasm_bindgen(method, js_class = Handlers, js_name = emitQueued)]
    fn emit_queued(this: &JsHandlers) -> bool;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn report(this: &JsHandlers, error: &JsValue);
    #[wasm_bindgen(method, js_class = Handlers, js_name = setLevel)]
    fn set_level(this: &JsHandlers, level: u8);
    #[wasm_bindgen(method, js_class = Handlers)]
    fn logs(this: &JsHandlers, level: u8) -> bool;
    #[wasm_bindgen(method, js_class = Handlers)]
    fn say(this: &JsHandlers, level: u8, begin: u32, numbers: &[u32], texts: &str);
}

/// The handlers of one client.
#[derive(Debug)]
pub(super) struct Handlers(JsHandlers);

impl Handlers {
    pub(super) fn new() -> Self {
        Self(JsHandlers::new(LISTED))
    }

    /// For what adds, removes and calls them from JavaScript.
    pub(super) fn to_js(&self) -> JsValue {
        (*self.0).clone()
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

    /// As [`Self::tell`], of each of these `results` that is no refusal.
    pub(super) fn tell_each(&self, event: EventName, results: &JsValue) {
        self.0.tell_each(event as u32, results);
    }

    /// To be told by [`Self::emit_queued`].
    pub(super) fn queue(&self, event: EventName, detail: &JsValue) {
        self.0.queue(event as u32, detail);
    }

    /// Tells the first of what was queued; whether there is more.
    pub(super) fn emit_queued(&self) -> bool {
        self.0.emit_queued()
    }

    /// Emits `error`, or tells the platform if nobody listens.
    pub(super) fn report(&self, error: &JsValue) {
        self.0.report(error);
    }

    /// How much the event `log` tells.
    pub(super) fn set_level(&self, level: u8) {
        self.0.set_level(level);
    }

    /// Whether anyone is told lines of this level: if not, they need not be made.
    pub(super) fn logs(&self, level: u8) -> bool {
        self.0.logs(level)
    }

    /// Emits `log`, with a sentence, and what comes behind it: numbers, and texts separated by U+0000.
    pub(super) fn log(&self, level: u8, begin: u32, numbers: &[u32], texts: &str) {
        self.0.say(level, begin, numbers, texts);
    }
}
