//! Drives the machine: gives it what the socket, the clock and the application say, and does what it
//! says, until it has nothing more to say.
//!
//! Rules (design §5): a cell is borrowed for the length of one statement that calls no JavaScript an
//! application could see. One loop drains the outputs. Calls made by a handler change the machine at
//! once, and what they cause is done by the loop that is running already; calls made outside of it are
//! drained once, at the end of the turn, so that all that one turn says leaves in one WebSocket message.
//!
//! Must never live here: how a thing is told to the application; that is `notify`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use web_sys::WebSocket;

use super::durable::Durable;
use super::error::Fault;
use super::events::{EventName, Handlers};
use super::journal::Job;
use super::lifecycle::is_online;
use super::options::Options;
use super::port::Port;
use super::promises::Operations;
use super::receiving::{Inbox, Received};
use super::socket::{self, Socket};
use super::timer::{self, Timer};
use super::values::Stats;
use crate::client::output::Output;
use crate::client::{Client, State};
use crate::codec::Version;
use crate::sentences::sentence;

/// A client: the machine and everything around it.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) me: Weak<Driver>,
    /// Held while there is a connection: a client that the application has let go of, but for its
    /// handlers, must not vanish with the next garbage collection.
    held: RefCell<Option<Rc<Driver>>>,
    pub(super) machine: RefCell<Client>,
    pub(super) options: Options,
    pub(super) handlers: Handlers,
    pub(super) inbox: Inbox,
    /// There are readers beside the handlers.
    pub(super) is_read: Cell<bool>,
    pub(super) operations: Operations,
    /// What is to be told of messages, as `promises.js` reads it.
    pub(super) told: RefCell<Vec<f64>>,
    pub(super) stats: Stats,
    /// There are events of this side of the machine, to be told in their turn.
    noticed: Cell<bool>,
    /// How much the last `saveSession()` put into storage.
    pub(super) stored: Cell<usize>,
    /// Storage was denied, and said so.
    pub(super) denied: Cell<bool>,
    /// There are no locks, and it was said so.
    pub(super) unlocked: Cell<bool>,
    /// Somebody else uses the durable session, and it was said so.
    pub(super) shared: Cell<bool>,
    pub(super) durable: RefCell<Durable>,
    /// Tells an opening of the durable session from one that was given up.
    pub(super) opening: Cell<u32>,
    /// When a store that is being read or emptied has to have answered.
    pub(super) answer_by: Cell<Option<u64>>,
    /// Messages came while nobody listened that are the application's to acknowledge.
    pub(super) untaken: Cell<bool>,
    /// Whether the WebSocket of this attempt was ever open.
    pub(super) opened: Cell<bool>,
    /// The application was asked about this attempt and has not answered.
    pub(super) preparing: Cell<bool>,
    /// The url of this attempt is one that a server has named.
    pub(super) referred: Cell<bool>,
    /// Why this attempt, or this connection, has failed on this side.
    pub(super) failure: RefCell<Option<Fault>>,
    /// Which attempt it is, and in how many milliseconds the next one is made.
    pub(super) outlook: Cell<(u32, Option<u64>)>,
    /// Tells what belongs to this attempt, and to the connection it came to, from what belongs to an earlier one.
    pub(super) attempt: Cell<u32>,
    pub(super) socket: RefCell<Option<Socket>>,
    /// Whether the socket took the bytes it was given last.
    pub(super) taken: Cell<bool>,
    /// The socket is being closed for another one to take its place.
    reopening: Cell<bool>,
    /// By which the platform tells what happens, and the application's functions what they answer.
    pub(super) port: Port,
    pub(super) timer: Timer,
    /// What is asked for is seen to at the end of the turn.
    pub(super) scheduled: Cell<bool>,
    pub(super) buffer: RefCell<Vec<u8>>,
    draining: Cell<bool>,
    freed: Cell<bool>,
    pub(super) told_state: Cell<State>,
    told_ready: Cell<bool>,
}

impl Driver {
    pub(super) fn new(options: Options) -> Rc<Self> {
        let driver = Rc::new_cyclic(|me: &Weak<Self>| {
            let port = Port::to(me.clone());
            let handlers = Handlers::new();
            let inbox = Inbox::of(&handlers, &port);
            Self {
                me: me.clone(),
                held: RefCell::default(),
                machine: RefCell::new(Client::new(timer::seed())),
                options,
                handlers,
                inbox,
                is_read: Cell::new(false),
                operations: Operations::new(),
                told: RefCell::default(),
                stats: Stats::default(),
                noticed: Cell::new(false),
                stored: Cell::new(0),
                denied: Cell::new(false),
                unlocked: Cell::new(false),
                shared: Cell::new(false),
                durable: RefCell::default(),
                opening: Cell::new(0),
                answer_by: Cell::default(),
                untaken: Cell::new(false),
                opened: Cell::new(false),
                preparing: Cell::new(false),
                referred: Cell::new(false),
                failure: RefCell::default(),
                outlook: Cell::default(),
                attempt: Cell::new(0),
                socket: RefCell::default(),
                taken: Cell::new(false),
                reopening: Cell::new(false),
                port,
                timer: Timer::default(),
                scheduled: Cell::new(false),
                buffer: RefCell::default(),
                draining: Cell::new(false),
                freed: Cell::new(false),
                told_state: Cell::new(State::Disconnected),
                told_ready: Cell::new(false),
            }
        });
        driver.apply_options();
        driver
    }

    /// The options were set that hold at any time, and not from the next connection on.
    pub(super) fn apply_options(&self) {
        let options = &self.options;
        options.changed();
        let mut machine = self.machine.borrow_mut();
        machine.set_outbox_limits(options.outbox());
        machine.set_protocol_fallback(options.protocol_fallback());
        machine.set_payload_check(options.check_payload_format());
        self.handlers.set_level(options.log_level());
    }

    /// The protocol version that is spoken; without a connection the one that is asked for.
    pub(super) fn version(&self) -> Version {
        let machine = self.machine.borrow();
        match machine.state() {
            State::Disconnected => self.options.version(),
            _ => machine.version(),
        }
    }

    /// The application wants to be connected. Where an attempt is being made already, it is joined; where one is
    /// waited for, it is made at once.
    pub(super) fn open(&self) -> Result<(), Fault> {
        let now = timer::now();
        let state = self.machine.borrow().state();
        if matches!(state, State::Waiting | State::Connecting) {
            let mut machine = self.machine.borrow_mut();
            machine.set_online(is_online(), now);
            machine.hasten(now);
            return Ok(());
        }
        self.options.check_urls()?;
        let config = self.options.connecting();
        {
            let mut machine = self.machine.borrow_mut();
            machine.set_online(is_online(), now);
            machine.set_send_limit(self.options.send_high_water_mark());
            machine.connect(config, now)?;
        }
        self.outlook.take();
        self.held.replace(self.me.upgrade());
        self.port.watch();
        self.touch();
        Ok(())
    }

    /// Joins the `connect()` that waits already, if there is one that ends as another one with this signal would: however
    /// often it is called, for instance whenever an attempt has failed, there is one promise.
    pub(super) fn join(&self, signal: &JsValue) -> Option<Promise> {
        let state = self.machine.borrow().state();
        if !matches!(state, State::Waiting | State::Connecting) {
            return None;
        }
        let promise = self.operations.connecting(signal)?;
        self.open().ok()?;
        self.touch();
        Some(promise)
    }

    /// Something was asked of the machine: what that caused is done by the loop that is running, or else
    /// at the end of the turn.
    pub(super) fn touch(&self) {
        if !self.draining.get() && !self.freed.get() && !self.scheduled.replace(true) {
            self.port.await_turn();
        }
    }

    /// An event of this side of the machine, to be told when its turn comes.
    pub(super) fn notice(&self, event: EventName, detail: JsValue) {
        self.handlers.queue(event, &detail);
        self.noticed.set(true);
        self.touch();
    }

    /// The socket is closed, with this close code if it told one.
    pub(super) fn closed(&self, code: Option<u16>) {
        drop(self.socket.take());
        if self.reopening.take() {
            // Only now: there are never two connections of one client.
            self.open_socket();
        } else {
            self.machine.borrow_mut().handle_closed(code, timer::now());
        }
    }

    /// The deadline has come, or may have.
    pub(super) fn on_timer(&self, now: u64) {
        self.timer.unset();
        self.look_at_backlog();
        self.machine.borrow_mut().handle_timeout(now);
        self.check_opening(now);
    }

    /// The `connected` handlers have returned, and `promises` are theirs.
    pub(super) fn handlers_returned(&self, promises: &js_sys::Array) {
        let now = timer::now();
        if promises.length() == 0 {
            return self.machine.borrow_mut().connected_handlers_settled(now);
        }
        self.machine.borrow_mut().connected_handlers_returned(now);
        self.port.await_all(promises, self.attempt.get());
    }

    /// Bytes handed to the WebSocket and not yet sent by it.
    pub(super) fn socket_backlog(&self) -> f64 {
        let websocket = self.websocket();
        websocket.map_or(0.0, |websocket| f64::from(websocket.buffered_amount()))
    }

    /// Tells the machine how much the WebSocket has not sent yet.
    fn look_at_backlog(&self) {
        let bytes = self.socket_backlog() as u64;
        self.machine.borrow_mut().set_backlog(bytes, timer::now());
    }

    /// Lets go of everything. What is running returns to a client that does nothing more.
    pub(super) fn free(&self) {
        if self.freed.replace(true) {
            return;
        }
        self.handlers.clear();
        self.inbox.freed();
        self.timer.stop(&self.port);
        self.port.unwatch();
        self.next_attempt();
        drop(self.socket.take());
        drop(self.machine.replace(Client::new(0)));
        self.noticed.set(false);
        self.buffer.take();
        let fault = Fault::new(sentence!("the client was freed"));
        self.close_session(&fault);
        self.settle_told();
        self.operations.abandon(&fault);
        drop(self.held.take());
    }

    pub(super) fn is_freed(&self) -> bool {
        self.freed.get()
    }

    /// Does what the machine says until it has nothing more to say. `received` is what it was given last.
    pub(super) fn drain(&self, received: Received<'_>) {
        if self.freed.get() || self.draining.replace(true) {
            return;
        }
        while !self.freed.get() && self.step(received) {}
        self.settle_told();
        self.draining.set(false);
        if self.freed.get() {
            return;
        }
        let (deadline, state) = {
            let machine = self.machine.borrow();
            (machine.deadline(), machine.state())
        };
        let deadline = match (deadline, self.answer_by.get()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.timer.follow(&self.port, deadline, timer::now());
        if state == State::Disconnected {
            self.port.unwatch();
            drop(self.held.take());
        }
    }

    /// Does one thing; false if there is none.
    fn step(&self, received: Received<'_>) -> bool {
        let state = self.machine.borrow().state();
        // Of an attempt it is told when it begins, and which one it is.
        if state != State::Connecting && self.told_state.replace(state) != state {
            self.settle_told();
            self.tell_state(state);
            return true;
        }
        if self.noticed.take() {
            self.settle_told();
            if self.handlers.emit_queued() {
                self.noticed.set(true);
            }
            return true;
        }
        let output = self.machine.borrow_mut().poll_output();
        if !matches!(output, Some(Output::Event(_) | Output::Transmit(_))) {
            self.settle_told();
        }
        match output {
            Some(Output::Deliver(delivery)) => self.deliver(&delivery, received),
            Some(Output::Event(event)) => self.tell(&event),
            Some(Output::Transmit(bytes)) => self.transmit(&bytes),
            Some(Output::Persist { batch, changes }) => {
                self.log_storing(changes.len());
                self.enqueue(Job::Persist { batch, changes });
            }
            Some(Output::Open(attempt)) => self.begin_attempt(&attempt),
            Some(Output::Reopen) => {
                self.reopening.set(true);
                if let Some(websocket) = self.websocket() {
                    socket::close(&websocket);
                }
            }
            Some(Output::Close) => {
                self.reopening.set(false);
                match self.websocket() {
                    Some(websocket) => socket::close(&websocket),
                    // The attempt had not come that far.
                    None => self.machine.borrow_mut().handle_closed(None, timer::now()),
                }
            }
            None => {
                let ready = self.machine.borrow().ready_to_send();
                if self.told_ready.replace(ready) || !ready {
                    return false;
                }
                self.handlers
                    .tell(EventName::ReadyToSend, || js_sys::Object::new().into());
            }
        }
        true
    }

    /// What was waited for has come: goes on with what the machine says, if that is not being done anyway.
    pub(super) fn resume(&self) {
        self.drain(Received::nothing());
    }

    /// Hands bytes to the socket. One that is closing already takes none; of what was in them, only QoS 0
    /// messages are lost, for the session still holds what has not been acknowledged.
    fn transmit(&self, bytes: &[u8]) {
        let taken = self.websocket().is_some_and(|websocket| {
            websocket.ready_state() == WebSocket::OPEN
                && websocket.send_with_u8_array(bytes).is_ok()
        });
        self.taken.set(taken);
        if taken {
            self.log_sent(bytes);
            Stats::add(&self.stats.bytes_sent, bytes.len());
            self.look_at_backlog();
        }
    }

    pub(super) fn websocket(&self) -> Option<WebSocket> {
        self.socket.borrow().as_ref().map(Socket::websocket)
    }
}
