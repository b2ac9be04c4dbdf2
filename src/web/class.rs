//! The exported class: each method reads its arguments, asks the machine, and returns.
//!
//! No method calls a handler; that is the loop's business (see `driver`), so that a handler may do
//! anything with the client, `free()` included.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::arguments::Asked;
use super::driver::Driver;
use super::durable::Needs;
use super::error::{Code, Fault};
use super::iterating::extend_once;
use super::options::Options;
use super::promises::Operation;
use super::values::{Deferred, publishing};
use super::{arguments, timer};
use crate::client::{Client, PublishRequest, State};
use crate::codec::QoS;
use crate::error::UsageError;
use crate::session::outbound::Token;

#[wasm_bindgen(module = "/src/web/methods.js")]
extern "C" {
    #[wasm_bindgen(js_name = addMethods)]
    pub(super) fn add_methods(prototype: &JsValue);
}

/// What is done in its turn, with what its caller waits for.
type Act = dyn FnOnce(&Driver, Deferred) -> Result<(), Fault>;

/// An MQTT client whose session survives. Documented where its users look: in `types.d.ts`.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct MqttClient {
    /// None once it was freed.
    driver: RefCell<Option<Rc<Driver>>>,
}

#[wasm_bindgen]
impl MqttClient {
    /// Makes a client.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(options: &JsValue) -> Result<MqttClient, JsValue> {
        extend_once();
        let options = Options::read(options)?;
        Ok(Self {
            driver: RefCell::new(Some(Driver::new(options))),
        })
    }

    /// Connects.
    #[wasm_bindgen(skip_typescript)]
    pub fn connect(&self, options: &JsValue) -> Promise {
        let read = self.driver().and_then(|driver| {
            let patience = arguments::connect_options(options)?;
            Ok((driver, patience))
        });
        let (driver, patience) = match read {
            Ok(read) => read,
            Err(fault) => return Promise::reject(&fault.to_js()),
        };
        let signal = patience.signal();
        if let Some(promise) = driver.join(&signal) {
            return promise;
        }
        let deferred = Deferred::new();
        let promise = deferred.promise();
        if driver.wait_for_connection(&deferred, &patience) {
            self.do_in_order(Needs::Connection, deferred, move |driver, deferred| {
                driver.open()?;
                driver.promises.borrow_mut().connect(deferred, signal);
                Ok(())
            });
        }
        promise
    }

    /// Authenticates anew.
    #[wasm_bindgen(skip_typescript)]
    pub fn reauthenticate(&self) -> Promise {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        let begun = self.driver().and_then(|driver| {
            driver.reauthenticate(deferred.clone())?;
            driver.touch();
            Ok(())
        });
        if let Err(fault) = begun {
            deferred.reject(&fault.to_js());
        }
        promise
    }

    /// Disconnects in order.
    #[wasm_bindgen(skip_typescript)]
    pub fn disconnect(&self, options: &JsValue) -> Promise {
        let begun = self.driver().and_then(|driver| {
            let options = arguments::disconnect_options(options)?;
            if driver.machine.borrow().state() == State::Disconnected {
                options.check(&driver.options.connecting())?;
            }
            driver.end_opening(&Fault::new(
                Code::Disconnected,
                "disconnect() was called before the durable session was open",
            ));
            let now = timer::now();
            driver.machine.borrow_mut().disconnect(&options, now)?;
            let deferred = Deferred::new();
            let promise = deferred.promise();
            if driver.machine.borrow().state() == State::Disconnected {
                deferred.resolve(&JsValue::UNDEFINED);
            } else {
                driver.touch();
                driver.promises.borrow_mut().disconnect(deferred);
            }
            Ok(promise)
        });
        begun.unwrap_or_else(|fault| Promise::reject(&fault.to_js()))
    }

    /// Publishes.
    #[wasm_bindgen(skip_typescript)]
    pub fn publish(&self, topic: &JsValue, payload: &JsValue, options: &JsValue) -> Promise {
        let read = self.driver().and_then(|driver| {
            let name = arguments::text("topic", topic)?;
            let payload = arguments::bytes("payload", payload)?;
            let options = arguments::publish_options(options)?;
            Ok((driver, name, payload, options))
        });
        let (driver, name, payload, options) = match read {
            Ok(read) => read,
            Err(fault) => {
                let deferred = publishing(0);
                deferred.reject(&fault.to_js());
                return deferred.promise();
            }
        };
        let durable = driver.options.durable();
        let deferred = publishing(match (durable, options.qos) {
            (false, _) => 1,
            (true, QoS::AtMostOnce) => 2,
            (true, _) => 0,
        });
        let promise = deferred.promise();
        let Some(waiting) = driver.wait("publish()", &deferred, &options.patience) else {
            return promise;
        };
        let topic = topic.clone();
        let accepted = deferred.clone();
        self.do_in_order(Needs::Session, deferred, move |driver, deferred| {
            if waiting.is_over(&deferred) {
                return Ok(());
            }
            let request = PublishRequest {
                topic: &name,
                payload: &payload,
                qos: options.qos,
                retain: options.retain,
                properties: &options.properties,
                key: options.key.as_deref(),
            };
            let token = driver.machine.borrow_mut().publish(request, timer::now());
            let token = token.map_err(|error| Fault::from(error).about_topic(&name))?;
            driver.accept(token, Operation { deferred, topic }, &waiting);
            Ok(())
        });
        waiting.begun(&driver, &accepted);
        promise
    }

    /// Subscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn subscribe(&self, filters: &JsValue, options: &JsValue) -> Promise {
        let asked = arguments::subscriptions(filters, options).and_then(|asked| {
            check_filters(asked.filters.iter().map(|(filter, _)| filter))?;
            Ok(asked)
        });
        self.request("subscribe()", asked, |machine, asked| {
            let listed: Vec<_> = asked.filters.iter().map(|(f, o)| (&**f, *o)).collect();
            machine.subscribe(&listed, &asked.properties, timer::now())
        })
    }

    /// Unsubscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn unsubscribe(&self, filters: &JsValue, options: &JsValue) -> Promise {
        let asked = arguments::unsubscriptions(filters, options).and_then(|asked| {
            check_filters(asked.filters.iter())?;
            Ok(asked)
        });
        self.request("unsubscribe()", asked, |machine, asked| {
            let listed: Vec<_> = asked.filters.iter().map(|filter| &**filter).collect();
            machine.unsubscribe(&listed, &asked.properties, timer::now())
        })
    }

    /// Does what `methods.js` knows by this number, with what the application has given.
    #[wasm_bindgen(skip_typescript)]
    pub fn ask(&self, what: u8, given: &JsValue) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        Ok(match what {
            0 => driver.when_there(|driver, deferred| driver.list_pending(&deferred)),
            1 => driver.discard_session().into(),
            2 => driver.when_there(Driver::export_session),
            3 => driver.import_session(given.clone()).into(),
            4 => driver.save_session()?.into(),
            5 => {
                driver.restore_session(given)?;
                JsValue::UNDEFINED
            }
            6 => driver.handlers.to_js(),
            _ => {
                driver.hand_over_again();
                JsValue::UNDEFINED
            }
        })
    }

    /// Closes without a word and lets go of everything. This stands in for the `free` that wasm-bindgen
    /// makes: that one throws when it is called from within another method, and leaves an object whose
    /// every method fails with a null pointer. The few bytes left of this object go with the garbage.
    #[wasm_bindgen(js_name = free, skip_typescript)]
    pub fn release(&self) {
        if let Some(driver) = self.driver.take() {
            driver.free();
        }
    }

    /// A client that never was one.
    pub(super) fn none() -> Self {
        Self {
            driver: RefCell::default(),
        }
    }

    /// The client, unless it was freed.
    pub(super) fn driver(&self) -> Result<Rc<Driver>, Fault> {
        let driver = self.driver.borrow().clone();
        driver.ok_or_else(freed)
    }

    /// [`Driver::do_in_order`], unless it was freed.
    fn do_in_order(
        &self,
        needs: Needs,
        deferred: Deferred,
        act: impl FnOnce(&Driver, Deferred) -> Result<(), Fault> + 'static,
    ) {
        match self.driver() {
            Ok(driver) => driver.do_in_order(needs, deferred, Box::new(act)),
            Err(fault) => deferred.reject(&fault),
        }
    }

    /// A promise for the answer to a request that `send` gives to the machine. It opens no durable session: without a
    /// connection, or the wish for one, it is refused anyway.
    fn request<F: 'static>(
        &self,
        what: &'static str,
        asked: Result<Asked<F>, Fault>,
        send: impl FnOnce(&mut Client, &Asked<F>) -> Result<Token, UsageError> + 'static,
    ) -> Promise {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        let read = self.driver().and_then(|driver| Ok((driver, asked?)));
        let (driver, asked) = match read {
            Ok(read) => read,
            Err(fault) => {
                deferred.reject(&fault.to_js());
                return promise;
            }
        };
        let timeout = driver.options.timeout();
        let patience = asked.patience.clone().or_timeout(timeout);
        let Some(waiting) = driver.wait(what, &deferred, &patience) else {
            return promise;
        };
        let act = move |driver: &Driver, deferred: Deferred| {
            if waiting.is_over(&deferred) {
                return Ok(());
            }
            let token = send(&mut driver.machine.borrow_mut(), &asked)?;
            let topic = JsValue::UNDEFINED;
            driver.accept(token, Operation { deferred, topic }, &waiting);
            Ok(())
        };
        if driver.is_bound() {
            self.do_in_order(Needs::Session, deferred.clone(), act);
            waiting.begun(&driver, &deferred);
        } else if let Err(fault) = act(&driver, deferred.clone()) {
            deferred.reject(&fault.to_js());
        } else {
            driver.touch();
        }
        promise
    }
}

impl Driver {
    /// Does `act` after the calls before it, and when what it needs is there; where that fails, `deferred` is
    /// rejected.
    fn do_in_order(&self, needs: Needs, deferred: Deferred, act: Box<Act>) {
        self.when_open(needs, move |driver, opened| {
            let handle = deferred.clone();
            let done = opened.and_then(|()| act(driver, handle));
            driver.touch();
            if let Err(fault) = done {
                deferred.reject(&fault);
            }
        });
    }

    /// A promise for what `act` does when the session is there.
    fn when_there(
        &self,
        act: impl FnOnce(&Self, Deferred) -> Result<(), Fault> + 'static,
    ) -> JsValue {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.do_in_order(Needs::Session, deferred, Box::new(act));
        promise.into()
    }
}

pub(super) fn freed() -> Fault {
    Fault::usage("this client was freed: make a new one")
}

fn check_filters<'a>(filters: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    for filter in filters {
        crate::codec::validate_filter(filter).map_err(|e| Fault::from(e).about_topic(filter))?;
    }
    Ok(())
}
