//! One attempt to connect, from the machine's wish to the WebSocket: which url, what the application says
//! beforehand, what cannot be opened.
//!
//! Everything the application is asked may take its time; what it says is for the attempt it was asked about, and
//! no later one. Must never live here: when the next attempt is made, and whether.

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::socket::Socket;
use super::{arguments, task, timer};
use crate::client::output::{Attempt, Next};
use crate::client::{Credentials, State};
use crate::sentences::{say, sentence};

#[wasm_bindgen(module = "/src/web/urls.js")]
extern "C" {
    /// `url` without what may be a secret in it.
    pub(super) fn shown(url: &str) -> String;
    /// Whether a page can speak MQTT to `url`.
    #[wasm_bindgen(catch, js_name = checkUrl)]
    fn check_url(url: &str) -> Result<(), JsValue>;
}

impl Driver {
    /// Begins what ends with a socket, or as an attempt that has failed.
    pub(super) fn begin_attempt(&self, attempt: &Attempt) {
        self.next_attempt();
        self.opened.set(false);
        self.preparing.set(true);
        self.failure.take();
        self.referred.set(attempt.reference.is_some());
        let url = match &attempt.reference {
            None => self.options.url(attempt.endpoint),
            Some(reference) => {
                let from = self.url.borrow().clone();
                match self.options.refer(reference, &from) {
                    Ok(url) => url,
                    Err(error) => return self.refuse_reference(error.into()),
                }
            }
        };
        self.url.replace(url);
        let id = self.attempt.get();
        self.tell_connecting(attempt.number);
        if !self.is_making(id) {
            return;
        }
        if !self.options.prepares() {
            return self.begin_authentication(self.options.credentials());
        }
        let (me, url) = (self.me.clone(), self.url.borrow().clone());
        let asked = self.options.prepare(attempt.number, &url);
        task::when(asked, move |answer| {
            if let Some(client) = me.upgrade().filter(|me| me.is_making(id)) {
                client.prepared(answer);
                client.resume();
            }
        });
    }

    /// Does not go where the server pointed: another attempt is made in its time, or none.
    fn refuse_reference(&self, fault: Fault) {
        self.preparing.set(false);
        let next = self.machine.borrow_mut().refuse_reference(timer::now());
        match next {
            Next::Never => drop(self.failure.replace(Some((fault, JsValue::UNDEFINED)))),
            Next::After(_) | Next::WhenOnline => {
                self.outlook.set((self.outlook.get().0, next.delay()));
                // It waits for something else now, and that is told again.
                self.told_state.set(State::Disconnected);
            }
        }
    }

    /// What `prepareConnect` said.
    fn prepared(&self, answer: Result<JsValue, JsValue>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(thrown) => {
                let fault = Fault::new(sentence!("prepareConnect failed"));
                return self.fail(fault.quoting(&thrown), thrown);
            }
        };
        let given = match arguments::prepared(&answer) {
            Ok(given) => given,
            Err(error) => {
                let fault = Fault::from(error);
                let fault = fault.within(sentence!("prepareConnect failed: %why"), "");
                return self.fail(fault, JsValue::UNDEFINED);
            }
        };
        if let Some(url) = given.text("url") {
            self.url.replace(url);
        }
        // What it leaves out is as the options have it.
        let configured = self.options.credentials();
        self.begin_authentication(Credentials {
            username: given.text("username").or(configured.username),
            password: given.bytes("password").or(configured.password),
            ..Credentials::default()
        });
    }

    fn begin_authentication(&self, mut credentials: Credentials) {
        if !self.authenticates() {
            return self.go(credentials);
        }
        self.step_on(
            "start",
            &[],
            None,
            Box::new(|client, proof| {
                credentials.authentication_data = proof.bytes("data");
                credentials.user_properties = proof.bytes("forConnect").unwrap_or_default();
                client.go(credentials);
            }),
        );
    }

    fn go(&self, credentials: Credentials) {
        if !self.is_making(self.attempt.get()) {
            return;
        }
        self.preparing.set(false);
        self.machine.borrow_mut().prepare(credentials);
        self.open_socket();
    }

    /// Opens a socket to the url of this attempt.
    pub(super) fn open_socket(&self) {
        let url = self.url.borrow().clone();
        let protocol = self.options.websocket_protocol();
        let checked = check_url(&url).map_err(Fault::from);
        match checked.and_then(|()| self.make_socket(&url, &protocol)) {
            Ok(socket) => {
                if let Some(lock) = self.journal().as_ref().and_then(|it| it.lock.get()) {
                    lock.outlives(socket.websocket());
                }
                drop(self.socket.replace(Some(socket)));
            }
            // There are other ways than the one a server has named.
            Err(fault) if self.referred.get() => self.fail(fault, JsValue::UNDEFINED),
            Err(fault) => {
                self.failure.replace(Some((fault, JsValue::UNDEFINED)));
                self.machine.borrow_mut().handle_unopenable(timer::now());
            }
        }
    }

    fn make_socket(&self, url: &str, protocol: &str) -> Result<Socket, Fault> {
        Socket::open(url, protocol, &self.me).map_err(|error| {
            // Its message would quote the address as it is, with what may be a secret in it.
            let name = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::name);
            let malformed = sentence!(
                " (%text): the address or websocketProtocol is malformed, or a page of https:// asks for ws://"
            );
            let url = shown(url);
            let fault = Fault::said(say!("no WebSocket to \"%text\" can be made"; &url));
            fault.and(malformed, &String::from(name.unwrap_or_default()))
        })
    }

    /// The attempt has failed without a socket. `cause`: what the application threw.
    fn fail(&self, fault: Fault, cause: JsValue) {
        self.failure.replace(Some((fault, cause)));
        self.machine.borrow_mut().handle_closed(None, timer::now());
    }

    /// Whether the attempt `id` is still being made. Whatever was asked of the application may have ended it.
    fn is_making(&self, id: u32) -> bool {
        self.attempt.get() == id && self.machine.borrow().state() == State::Connecting
    }

    /// What is still under way for an earlier attempt, or an earlier connection, counts no more.
    pub(super) fn next_attempt(&self) {
        self.preparing.set(false);
        self.attempt.set(self.attempt.get().wrapping_add(1));
    }
}
