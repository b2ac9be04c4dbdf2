//! One attempt to connect, from the machine's wish to the WebSocket: which url, what the application says
//! beforehand, what cannot be opened.
//!
//! Everything the application is asked may take its time; what it says is for the attempt it was asked about, and
//! no later one. Must never live here: when the next attempt is made, and whether.

use wasm_bindgen::prelude::*;

use super::authentication::Stage;
use super::driver::Driver;
use super::error::Fault;
use super::given::Given;
use super::socket::Socket;
use super::timer;
use crate::client::output::{Attempt, Next};
use crate::client::{Credentials, State};

impl Driver {
    /// Begins what ends with a socket, or as an attempt that has failed.
    pub(super) fn begin_attempt(&self, attempt: &Attempt) {
        self.next_attempt();
        self.opened.set(false);
        self.preparing.set(true);
        self.failure.take();
        self.referred.set(attempt.reference.is_some());
        let reference = attempt.reference.as_deref();
        if let Err(error) = self.options.route(attempt.endpoint, reference, &self.port) {
            return self.refuse_reference(error.into());
        }
        let id = self.attempt.get();
        self.tell_connecting(attempt.number);
        if !self.is_making(id) {
            return;
        }
        match self.options.prepares() {
            true => self.options.prepare(attempt.number, &self.port, id),
            false => self.begin_authentication(self.options.given()),
        }
    }

    /// Does not go where the server pointed: another attempt is made in its time, or none.
    fn refuse_reference(&self, fault: Fault) {
        self.preparing.set(false);
        let next = self.machine.borrow_mut().refuse_reference(timer::now());
        match next {
            Next::Never => drop(self.failure.replace(Some(fault))),
            Next::After(_) | Next::WhenOnline => {
                self.outlook.set((self.outlook.get().0, next.delay()));
                // It waits for something else now, and that is told again.
                self.told_state.set(State::Disconnected);
            }
        }
    }

    /// What `prepareConnect` said: a [`Given`], or a [`Fault`] if it `failed`.
    pub(super) fn prepared(&self, id: u32, said: JsValue, failed: bool) {
        if !self.is_making(id) {
            return;
        }
        if failed {
            return self.fail(said.unchecked_into());
        }
        let given: Given = said.unchecked_into();
        self.port.redirect(&given);
        self.begin_authentication(&given);
    }

    fn begin_authentication(&self, credentials: &Given) {
        match self.authenticates() {
            true => self.step_on(Stage::Connect, &[], &JsValue::UNDEFINED, credentials),
            false => self.go(credentials),
        }
    }

    /// Opens a socket, with what is to be said in CONNECT.
    pub(super) fn go(&self, given: &Given) {
        if !self.is_making(self.attempt.get()) {
            return;
        }
        let credentials = Credentials {
            username: given.text("username"),
            password: given.bytes("password"),
            authentication_data: given.bytes("data"),
            user_properties: given.bytes("forConnect").unwrap_or_default(),
        };
        self.preparing.set(false);
        self.machine.borrow_mut().prepare(credentials);
        self.open_socket();
    }

    /// Opens a socket to the url of this attempt.
    pub(super) fn open_socket(&self) {
        match self.options.connect(&self.port).map(Socket) {
            Ok(socket) => {
                if let Some(lock) = self.journal().as_ref().and_then(|it| it.lock.get()) {
                    lock.outlives(socket.websocket());
                }
                drop(self.socket.replace(Some(socket)));
            }
            // There are other ways than the one a server has named.
            Err(error) if self.referred.get() => self.fail(error.into()),
            Err(error) => {
                self.failure.replace(Some(error.into()));
                self.machine.borrow_mut().handle_unopenable(timer::now());
            }
        }
    }

    /// The attempt has failed without a socket.
    fn fail(&self, fault: Fault) {
        self.failure.replace(Some(fault));
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
