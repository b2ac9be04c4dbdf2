//! What JavaScript has to say to a client: the platform, and the application's functions. All of it comes by one function,
//! as numbers and a value (`port.js`), and is done here.
//!
//! Must never live here: what follows for the connection; that is the machine's to decide.

use std::ops::Deref;
use std::rc::Weak;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::given::Given;
use super::lifecycle::{AWAKE, OFFLINE, ONLINE};
use super::timer;

#[wasm_bindgen(module = "/src/web/port.js")]
extern "C" {
    #[derive(Debug)]
    #[wasm_bindgen(js_name = Port)]
    pub(super) type JsPort;
    #[wasm_bindgen(constructor, js_class = Port)]
    fn new(tell: &Closure<Tell>) -> JsPort;
    #[wasm_bindgen(method, js_class = Port)]
    fn close(this: &JsPort);
    #[wasm_bindgen(method, js_class = Port, js_name = awaitTurn)]
    pub(super) fn await_turn(this: &JsPort);
    #[wasm_bindgen(method, js_class = Port, js_name = awaitAll)]
    pub(super) fn await_all(this: &JsPort, promises: &js_sys::Array, attempt: u32);
    #[wasm_bindgen(method, js_class = Port)]
    pub(super) fn wake(this: &JsPort, milliseconds: f64);
    #[wasm_bindgen(method, js_class = Port)]
    pub(super) fn sleep(this: &JsPort);
    #[wasm_bindgen(method, js_class = Port)]
    pub(super) fn watch(this: &JsPort);
    #[wasm_bindgen(method, js_class = Port)]
    pub(super) fn unwatch(this: &JsPort);
    /// Where this attempt, or this connection, leads.
    #[wasm_bindgen(method, getter, js_class = Port)]
    pub(super) fn url(this: &JsPort) -> JsValue;
    /// The same without what may be a secret in it.
    #[wasm_bindgen(method, getter, js_class = Port, js_name = shownUrl)]
    pub(super) fn shown_url(this: &JsPort) -> String;
    #[wasm_bindgen(method, js_class = Port)]
    pub(super) fn redirect(this: &JsPort, given: &Given);
}

type Tell = dyn Fn(u32, JsValue, f64, f64, f64) -> Result<(), JsValue>;

// Signs beside those of `lifecycle`; numbered as in `port.js`.
const OPENED: u32 = 3;
const BYTES: u32 = 4;
const TEXT: u32 = 5;
const CLOSED: u32 = 6;
const DUE: u32 = 7;
const TURN_OVER: u32 = 8;
const SETTLED: u32 = 9;
const PREPARED: u32 = 10;
const STEPPED: u32 = 11;
const CANCEL: u32 = 12;
const ACKNOWLEDGE: u32 = 13;

/// By which one client is told. Messages and signals may outlive it: what they say then is for nobody.
#[derive(Debug)]
pub(super) struct Port {
    port: JsPort,
    _tell: Closure<Tell>,
}

impl Port {
    pub(super) fn to(client: Weak<Driver>) -> Self {
        // Not `FnMut`: reading what it is told may run code of the application, which may have more to tell.
        let tell = Closure::<Tell>::new(move |sign, value, one, two, three| {
            let client = client.upgrade();
            client.map_or(Ok(()), |client| {
                client.on_sign(sign, value, [one, two, three])
            })
        });
        Self {
            port: JsPort::new(&tell),
            _tell: tell,
        }
    }
}

impl Deref for Port {
    type Target = JsPort;

    fn deref(&self) -> &JsPort {
        &self.port
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.close();
    }
}

impl Driver {
    /// `numbers` are NaN where there are none.
    fn on_sign(&self, sign: u32, value: JsValue, numbers: [f64; 3]) -> Result<(), JsValue> {
        let [one, two, three] = numbers;
        let now = timer::now();
        let is_current = self.attempt.get() == one as u32;
        match sign {
            OFFLINE | ONLINE | AWAKE => self.on_life(sign, now),
            OPENED => {
                self.opened.set(true);
                self.machine.borrow_mut().handle_opened(now);
            }
            BYTES => {
                self.on_bytes(value.unchecked_ref(), now);
                return Ok(());
            }
            TEXT => self.machine.borrow_mut().handle_text(now),
            CLOSED => self.closed(Some(one as u16)),
            DUE => self.on_timer(now),
            TURN_OVER => self.scheduled.set(false),
            SETTLED if is_current => self.machine.borrow_mut().connected_handlers_settled(now),
            PREPARED => self.prepared(one as u32, value, three != 0.0),
            STEPPED if is_current => self.stepped(two as u8, value, three != 0.0),
            SETTLED | STEPPED => return Ok(()),
            CANCEL => {
                self.cancel(one);
                return Ok(());
            }
            ACKNOWLEDGE => return self.acknowledge(one, two as u16, three, Some(&value)),
            _ => return self.acknowledge(one, two as u16, three, None),
        }
        self.resume();
        Ok(())
    }
}
