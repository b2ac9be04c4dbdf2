//! Drives the machine with a real socket, a real clock, and the commands of whoever examines it.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mqtt_mooring::client::output::{Cause, Event, Lost, Next, Outcome, Output};
use mqtt_mooring::client::{Client, DisconnectOptions, OutboxLimits, PublishRequest, State};
use mqtt_mooring::codec::{PropertySet, QoS, ReasonCode};
use mqtt_mooring::error::{RestoreError, UsageError};
use mqtt_mooring::session::outbound::Token;

use crate::command::{Command, parse};
use crate::lines::{self, Line, restore_code, usage_code};
use crate::link::{self, Address, Link, News};
use crate::options::Options;

/// How long the driver sleeps where the machine waits for nothing.
const IDLE: Duration = Duration::from_secs(3600);

/// All that comes from outside, in one line.
enum Input {
    Line(String),
    EndOfLines,
    Socket(u64, News),
}

/// What is known of an operation that has no outcome yet.
struct Pending {
    command: u32,
    topic: String,
}

/// The client, its socket, and whoever examines it.
pub(crate) struct Driver {
    client: Client,
    options: Options,
    address: Address,
    link: Option<Link>,
    /// Tells news of this socket from those of an earlier one.
    sockets: u64,
    /// Why the socket could not be opened.
    failure: Option<String>,
    /// How many commands there were.
    commands: u32,
    /// Commands not carried out yet.
    queue: VecDeque<(u32, Command)>,
    /// How many lines of each kind were printed that no `wait` was satisfied with.
    printed: HashMap<String, u32>,
    pending: HashMap<Token, Pending>,
    /// Requests that the end of the connection has overtaken: its reason is theirs.
    orphans: Vec<u32>,
    saved: Option<String>,
    inputs: Receiver<Input>,
    sender: Sender<Input>,
    no_more_lines: bool,
    /// The last connection ended because that was asked for.
    requested: bool,
    quit: bool,
}

impl Driver {
    pub(crate) fn new(address: Address, options: Options) -> Self {
        let (sender, inputs) = channel();
        Self {
            client: new_client(),
            options,
            address,
            link: None,
            sockets: 0,
            failure: None,
            commands: 0,
            queue: VecDeque::new(),
            printed: HashMap::new(),
            pending: HashMap::new(),
            orphans: Vec::new(),
            saved: None,
            inputs,
            sender,
            no_more_lines: false,
            requested: false,
            quit: false,
        }
    }

    /// Begins with what was saved.
    pub(crate) fn resume(&mut self, saved: String) -> Result<(), RestoreError> {
        let config = &mut self.options.config;
        let (id, version) = (&config.client_id, config.version);
        self.client.restore(&saved, id, version, now())?;
        config.clean_session = false;
        self.saved = Some(saved);
        Ok(())
    }

    /// Connects, and obeys until there is nothing more to do. Whether all ended as it was asked to.
    pub(crate) fn run(&mut self) -> bool {
        self.read_lines();
        self.connect(0);
        loop {
            self.drain(&[]);
            self.carry_out();
            if self.quit {
                return true;
            }
            if self.no_more_lines && self.client.state() == State::Disconnected {
                return self.leave_queue() && self.requested;
            }
            let wait = match self.client.deadline() {
                Some(at) => Duration::from_millis(at.saturating_sub(now())).min(IDLE),
                None => IDLE,
            };
            match self.inputs.recv_timeout(wait) {
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => self.client.handle_timeout(now()),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Answers what waits for an event that cannot come any more. Whether there was nothing.
    fn leave_queue(&mut self) -> bool {
        let left = std::mem::take(&mut self.queue);
        if let Some((_, Command::Wait(kind))) = left.front() {
            let reason =
                format!("no \"{kind}\" will come: the connection and the input have ended");
            for (number, _) in &left {
                let line = Line::new("error").with("n", number);
                self.print(line.with_text("reason", &reason));
            }
        }
        left.is_empty()
    }

    /// The session as it is now; what was saved before if there is none.
    pub(crate) fn session(&self) -> String {
        let now = now();
        let existing = self.saved.as_deref();
        match self.client.save_in_place_of(existing, now) {
            Some(state) => state,
            None => self.saved.clone().unwrap_or_default(),
        }
    }

    fn read_lines(&self) {
        let sender = self.sender.clone();
        thread::spawn(move || {
            for line in io::stdin().lines() {
                // What is no UTF-8 is no command either; it is answered as one that does not exist.
                let line = line.unwrap_or_else(|error| format!("\u{fffd} {error}"));
                if sender.send(Input::Line(line)).is_err() {
                    return;
                }
            }
            drop(sender.send(Input::EndOfLines));
        });
    }

    fn take(&mut self, input: Input) {
        let now = now();
        match input {
            Input::EndOfLines => self.no_more_lines = true,
            Input::Line(line) => match parse(&line) {
                Ok(None) => {}
                Ok(Some(command)) => {
                    self.commands += 1;
                    self.queue.push_back((self.commands, command));
                }
                Err(reason) => {
                    self.commands += 1;
                    let line = Line::new("error").with("n", self.commands);
                    self.print(line.with_text("reason", &reason));
                }
            },
            Input::Socket(number, news) if number == self.sockets => match news {
                News::Opened(link) => {
                    self.link = Some(link);
                    self.client.handle_opened(now);
                }
                News::Bytes(bytes) => {
                    self.client.handle_bytes(&bytes, now);
                    self.drain(&bytes);
                }
                News::Text => self.client.handle_text(now),
                News::Answer(bytes) => {
                    if let Some(link) = &mut self.link {
                        link.answer(&bytes);
                    }
                }
                News::Closed(code, failure) => {
                    self.failure = failure;
                    self.client.handle_closed(code, now);
                }
            },
            // Of a socket that was let go of.
            Input::Socket(..) => {}
        }
    }

    /// Does what the machine says. Messages may point into `chunk`.
    fn drain(&mut self, chunk: &[u8]) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Deliver(delivery) => {
                    self.print(lines::message(&delivery, chunk));
                    if let Some(ticket) = delivery.ticket {
                        self.client.handled(ticket, now());
                    }
                }
                Output::Event(event) => self.tell(event),
                // Nothing is durable here: what is to be stored is stored at once, nowhere.
                Output::Persist { batch, .. } => self.client.persisted(batch, now()),
                Output::Transmit(bytes) => {
                    if let Some(link) = &mut self.link {
                        link.send(bytes);
                    }
                    self.client.set_backlog(0, now());
                }
                Output::Open(attempt) => {
                    let line = Line::new("opening").with("attempt", attempt.number);
                    self.print(line.with_text("address", self.address.text()));
                    self.open_socket();
                }
                Output::Reopen => {
                    self.close();
                    self.open_socket();
                }
                Output::Close => self.close(),
            }
        }
    }

    fn open_socket(&mut self) {
        self.link = None;
        self.sockets += 1;
        let address = self.address.clone();
        link::open(address, self.sockets, self.sender.clone(), Input::Socket);
    }

    fn close(&mut self) {
        match &mut self.link {
            Some(link) => link.close(),
            None => {
                self.sockets += 1;
                self.client.handle_closed(None, now());
            }
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::Connected(accepted) => {
                self.print(lines::connected(&accepted));
                self.client.connected_handlers_settled(now());
            }
            Event::Disconnected(end) => {
                self.requested = end.cause == Cause::Requested;
                let failure = self.failure.take();
                self.print(lines::disconnected(&end, failure.as_deref()));
                for command in std::mem::take(&mut self.orphans) {
                    self.print(lines::orphaned(command, &end.cause));
                }
                self.link = None;
                if end.next == Next::Never {
                    self.sockets += 1;
                }
            }
            Event::Sent(token) => {
                if let Some(Pending { command, topic }) = self.pending.remove(&token) {
                    let line = Line::new("published").with("n", command);
                    self.print(line.with_text("topic", &topic).with("qos", 0));
                }
            }
            Event::MessageOut(outcome) => self.tell_out(&outcome),
            Event::MessageLost(lost) => self.tell_lost(&lost),
            Event::Subscribed {
                token,
                results,
                properties,
            } => {
                // What the client asks for by itself has no command.
                let Some(command) = self.command_of(token) else {
                    return;
                };
                for (filter, options, reason) in results {
                    let line = Line::new("subscribed").with("n", command);
                    let line = line.with_text("filter", &filter);
                    let granted = (!reason.is_failure()).then_some(options.qos as u8);
                    let line = line.with_some("qos", granted).with_code("code", reason);
                    self.print(line.with_said(reason, PropertySet::SubAck, &properties));
                }
            }
            Event::Unsubscribed {
                token,
                results,
                properties,
            } => {
                let Some(command) = self.command_of(token) else {
                    return;
                };
                for (filter, _, reason) in results {
                    let line = Line::new("unsubscribed").with("n", command);
                    let line = line.with_text("filter", &filter).with_code("code", reason);
                    self.print(line.with_said(reason, PropertySet::UnsubAck, &properties));
                }
            }
            Event::RequestFailed { token, why } => {
                let command = self.command_of(Some(token));
                match why {
                    Some(why) => self.failed(command, &why),
                    None => self.orphans.extend(command),
                }
            }
            Event::SessionLost {
                filters,
                resubscribing,
            } => {
                let line = Line::new("session-lost").with("resubscribing", resubscribing);
                self.print(line.with("filters", filters.len()));
            }
            Event::SessionRestored { outgoing, incoming } => {
                let line = Line::new("session-restored");
                self.print(line.with("outgoing", outgoing).with("incoming", incoming));
            }
            Event::Refused { filter, reason, .. } => {
                let line = Line::new("trouble").with("code", "SUBSCRIPTION_REFUSED");
                let reason = format!("the subscription to {filter} was not made again: {reason}");
                self.print(line.with_text("reason", &reason));
            }
            Event::PayloadRefused { topic, .. } => {
                let line = Line::new("trouble").with("code", "PAYLOAD_FORMAT_INVALID");
                let reason = format!("a payload to {topic} is said to be UTF-8 and is not");
                self.print(line.with_text("reason", &reason));
            }
            // Either told by others, or of things the driver has no command for.
            _ => {}
        }
    }

    fn command_of(&mut self, token: Option<Token>) -> Option<u32> {
        let pending = self.pending.remove(&token?)?;
        Some(pending.command)
    }

    fn tell_out(&mut self, outcome: &Outcome) {
        self.command_of(outcome.token);
        let message = &outcome.message;
        let line = Line::new("published")
            .with_some("n", message.key.as_deref())
            .with_text("topic", &message.topic)
            .with("qos", message.qos as u8)
            .with("id", outcome.packet_id);
        let line = line.with_code("code", outcome.reason);
        // Acknowledgements of all kinds have the same properties.
        self.print(line.with_said(outcome.reason, PropertySet::PubAck, &outcome.properties));
    }

    fn tell_lost(&mut self, lost: &Lost) {
        let pending = lost.token.and_then(|token| self.pending.remove(&token));
        let number = pending.as_ref().map(|pending| pending.command.to_string());
        let (key, topic) = match (&lost.message, &pending) {
            (Some(message), _) => (message.key.as_deref(), &*message.topic),
            (None, Some(pending)) => (number.as_deref(), &*pending.topic),
            (None, None) => (None, ""),
        };
        self.print(lines::lost(lost, key, topic));
    }

    fn failed(&mut self, command: Option<u32>, why: &UsageError) {
        let line = Line::new("failed").with_some("n", command);
        let line = line.with("code", usage_code(why));
        self.print(line.with_text("reason", &why.to_string()));
    }

    /// Carries out what can be: commands that need the server wait until it has answered the CONNECT.
    fn carry_out(&mut self) {
        while let Some((_, command)) = self.queue.front() {
            let connecting = self.client.state() == State::Connecting;
            match command {
                Command::Wait(kind) => match self.printed.get_mut(kind) {
                    Some(count @ 1..) => *count -= 1,
                    _ => return,
                },
                Command::Publish { .. }
                | Command::Subscribe { .. }
                | Command::Unsubscribe { .. }
                    if connecting =>
                {
                    return;
                }
                _ => {}
            }
            if let Some((number, command)) = self.queue.pop_front() {
                self.print(Line::new("ok").with("n", number));
                self.obey(number, command);
                self.drain(&[]);
            }
        }
    }

    fn obey(&mut self, number: u32, command: Command) {
        let now = now();
        match command {
            Command::Wait(_) => {}
            Command::Quit => self.quit = true,
            Command::Connect(address, options) => {
                if let Some(address) = address {
                    self.address = address;
                }
                if self.set(number, options) {
                    self.connect(number);
                }
            }
            Command::Open(address, options) => {
                self.link = None;
                self.sockets += 1;
                self.client = new_client();
                self.pending.clear();
                self.orphans.clear();
                self.address = address;
                self.options = Options::default();
                if self.set(number, options) {
                    self.connect(number);
                }
            }
            Command::Publish {
                topic,
                payload,
                qos,
                retain,
                properties,
            } => {
                let key = number.to_string();
                let request = PublishRequest {
                    topic: &topic,
                    payload: &payload,
                    qos,
                    retain,
                    properties: &properties,
                    key: (qos != QoS::AtMostOnce).then_some(&key),
                };
                let token = self.client.publish(request, now);
                self.expect(number, topic, token);
            }
            Command::Subscribe {
                filters,
                properties,
            } => {
                let filters: Vec<_> = filters
                    .iter()
                    .map(|(filter, options)| (&**filter, *options))
                    .collect();
                let token = self.client.subscribe(&filters, &properties, now);
                self.expect(number, String::new(), token);
            }
            Command::Unsubscribe {
                filters,
                properties,
            } => {
                let filters: Vec<_> = filters.iter().map(|filter| &**filter).collect();
                let token = self.client.unsubscribe(&filters, &properties, now);
                self.expect(number, String::new(), token);
            }
            Command::Disconnect {
                reason,
                session_expiry_interval,
                properties,
            } => {
                let options = DisconnectOptions {
                    reason: reason.map(ReasonCode),
                    session_expiry_interval,
                    properties,
                };
                if let Err(why) = self.client.disconnect(&options, now) {
                    self.failed(Some(number), &why);
                }
            }
            Command::Save => {
                let state = self.client.save(now);
                self.print(
                    Line::new("saved")
                        .with("n", number)
                        .with_text("state", &state),
                );
                self.saved = Some(state);
            }
            Command::Restore(state) => self.restore(number, state),
        }
    }

    fn set(&mut self, number: u32, options: Vec<(String, String)>) -> bool {
        for (name, value) in options {
            if let Err(reason) = self.options.set(&name, &value) {
                let line = Line::new("failed").with("n", number).with("code", "USAGE");
                self.print(line.with_text("reason", &reason));
                return false;
            }
        }
        true
    }

    fn connect(&mut self, number: u32) {
        self.client.set_payload_check(self.options.checks_payloads);
        self.client.set_protocol_fallback(self.options.falls_back);
        if let Err(why) = self.client.connect(self.options.config(), now()) {
            self.failed(Some(number), &why);
        }
    }

    /// Puts `state`, or what was saved last, in place of the session at hand.
    fn restore(&mut self, number: u32, state: Option<String>) {
        let state = state.or_else(|| self.saved.clone()).unwrap_or_default();
        let config = &mut self.options.config;
        match self
            .client
            .restore(&state, &config.client_id, config.version, now())
        {
            Ok(()) => config.clean_session = false,
            Err(why) => {
                let line = Line::new("failed").with("n", number);
                let line = line.with("code", restore_code(&why));
                self.print(line.with_text("reason", &why.to_string()));
            }
        }
    }

    fn expect(&mut self, command: u32, topic: String, token: Result<Token, UsageError>) {
        match token {
            Ok(token) => drop(self.pending.insert(token, Pending { command, topic })),
            Err(why) => self.failed(Some(command), &why),
        }
    }

    /// Prints a line, at once. Where nobody reads any more there is nothing left to do.
    fn print(&mut self, line: Line) {
        let kind = line.0.split(' ').next().unwrap_or_default();
        *self.printed.entry(kind.into()).or_default() += 1;
        let mut out = io::stdout().lock();
        if writeln!(out, "{}", line.0)
            .and_then(|()| out.flush())
            .is_err()
        {
            self.quit = true;
        }
    }
}

fn new_client() -> Client {
    let mut client = Client::new(now());
    client.set_outbox_limits(OutboxLimits {
        queue_qos0: true,
        ..OutboxLimits::default()
    });
    client
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
