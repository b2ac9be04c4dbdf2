//! The options of a client as Rust looks at them: what is asked often, and what a connection is made with.
//!
//! Must never live here: what is accepted, and what is so unless the application says otherwise; that is in
//! `options.js`.

use std::cell::Cell;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::authentication::Stage;
use super::error::Fault;
use super::given::Given;
use super::port::JsPort;
use super::sealing::Sealer;
use super::store::Store;
use crate::client::config::{Config, ReconnectPolicy, WhenSessionLost, WillMessage};
use crate::client::{OutboxLimits, WhenFull};
use crate::codec::Version;
use crate::error::UsageError;
use crate::sentences::sentence;
use crate::storage::browser::Browser;

#[wasm_bindgen(module = "/src/web/options.js")]
extern "C" {
    /// The table of `options.js`, with the values of one client.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(extends = Given, js_name = Options)]
    type Table;
    #[wasm_bindgen(catch, constructor, js_class = Options)]
    fn new(given: &JsValue) -> Result<Table, JsValue>;
    #[wasm_bindgen(method, js_class = Options)]
    fn change(this: &Table, name: &str, value: bool);
    #[wasm_bindgen(catch, method, js_class = Options, js_name = checkUrls)]
    fn check_urls(this: &Table) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_class = Options)]
    fn route(
        this: &Table,
        endpoint: u32,
        reference: Option<&str>,
        port: &JsPort,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, method, js_class = Options)]
    fn connect(this: &Table, port: &JsPort) -> Result<WebSocket, JsValue>;
    #[wasm_bindgen(method, js_class = Options)]
    fn prepare(this: &Table, number: u32, port: &JsPort, attempt: u32);
    #[wasm_bindgen(method, js_class = Options)]
    fn step(
        this: &Table,
        stage: u8,
        data: &[u8],
        detail: &JsValue,
        more: &Given,
        port: &JsPort,
        attempt: u32,
    );
}

/// When a QoS 1 or 2 message counts as received; numbered as in `reading.js`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Acknowledging {
    /// On delivery.
    Automatic = 0,
    /// When what its handlers promised is fulfilled.
    Promised = 1,
    /// When the application says so.
    Manual = 2,
}

/// All options.
#[derive(Debug)]
pub(super) struct Options {
    table: Table,
    // What is asked for every message, as it was when the options changed last.
    durable: Cell<bool>,
    acknowledging: Cell<Acknowledging>,
    log_level: Cell<u8>,
}

impl Options {
    /// Reads the constructor's argument.
    pub(super) fn read(given: &JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            table: Table::new(given)?,
            durable: Cell::new(false),
            acknowledging: Cell::new(Acknowledging::Automatic),
            log_level: Cell::new(0),
        })
    }

    /// They were changed, or read for the first time.
    pub(super) fn changed(&self) {
        let table = &self.table;
        self.durable.set(table.flag("durable"));
        self.acknowledging
            .set(match table.is("manualAck", "promise") {
                true => Acknowledging::Promised,
                false if table.flag("manualAck") => Acknowledging::Manual,
                false => Acknowledging::Automatic,
            });
        self.log_level.set(table.number("logLevel") as u8);
    }

    pub(super) fn durable(&self) -> bool {
        self.durable.get()
    }

    pub(super) fn acknowledging(&self) -> Acknowledging {
        self.acknowledging.get()
    }

    pub(super) fn log_level(&self) -> u8 {
        self.log_level.get()
    }

    pub(super) fn outbox(&self) -> OutboxLimits {
        OutboxLimits {
            messages: self.table.number("outbox.maxMessages") as usize,
            bytes: self.table.number("outbox.maxBytes") as usize,
            when_full: match self.table.is("outbox.whenFull", "reject") {
                true => WhenFull::Reject,
                false => WhenFull::DropOldest,
            },
            queue_qos0: self.table.flag("outbox.queueQos0"),
        }
    }

    pub(super) fn protocol_fallback(&self) -> bool {
        self.table.flag("protocolFallback")
    }

    pub(super) fn check_payload_format(&self) -> bool {
        self.table.flag("checkPayloadFormat")
    }

    /// Whose session it is.
    pub(super) fn client_id(&self) -> String {
        self.table.text("clientId").unwrap_or_default()
    }

    pub(super) fn version(&self) -> Version {
        match self.table.is("protocolVersion", "5") {
            true => Version::V5,
            false => Version::V311,
        }
    }

    /// How long an operation may take, in milliseconds.
    pub(super) fn timeout(&self) -> u64 {
        self.table.number("timeout") as u64
    }

    /// How many bytes may wait in the WebSocket.
    pub(super) fn send_high_water_mark(&self) -> u64 {
        self.table.number("sendHighWaterMark") as u64
    }

    pub(super) fn session_key(&self) -> Option<String> {
        self.table.text("sessionKey")
    }

    /// Under which key a durable session is stored.
    pub(super) fn durable_key(&self) -> Result<String, Fault> {
        if self.is_clean() {
            // Before anything is opened, which would keep others out.
            return Err(UsageError::CleanDurable.into());
        }
        let named = self.session_key().filter(|key| !key.is_empty());
        named.ok_or_else(|| {
            Fault::new(sentence!(
                "durable needs a sessionKey: the name the session is stored under"
            ))
        })
    }

    /// Whether `connect()` waits for a session that another client holds.
    pub(super) fn waits_for_session(&self) -> bool {
        self.table.is("sessionInUse", "wait")
    }

    pub(super) fn store(&self) -> Store {
        let is = |name| self.table.is("storage", name);
        if is("local") {
            Store::Browser(Browser::Local)
        } else if is("session") {
            Store::Browser(Browser::Session)
        } else if is("memory") {
            Store::Memory
        } else {
            Store::Custom(self.table.value("storage").unchecked_into())
        }
    }

    pub(super) fn sealer(&self) -> Option<Sealer> {
        let sealer = self.table.value("sealing.sealer");
        (!sealer.is_undefined()).then(|| sealer.unchecked_into())
    }

    fn is_clean(&self) -> bool {
        match self.table.optional("cleanSession") {
            Some(clean) => clean == 1,
            None => !self.durable(),
        }
    }

    /// A session was put in place that the server is to know of.
    pub(super) fn keep_session(&self) {
        self.table.change("cleanSession", false);
    }

    /// Who decides what becomes of the messages of a lost session, if that is a function.
    pub(super) fn decide(&self) -> Option<Function> {
        self.table.value("whenSessionLost").dyn_into().ok()
    }

    /// Whether all urls are ones that a page can speak MQTT to.
    pub(super) fn check_urls(&self) -> Result<(), Fault> {
        Ok(self.table.check_urls()?)
    }

    /// Has `port` lead to one of the urls; or where the Server Reference points that was given at the last one (MQTT 5 §4.11),
    /// as the application has it. The error says why that is not followed.
    pub(super) fn route(
        &self,
        endpoint: u32,
        reference: Option<&str>,
        port: &JsPort,
    ) -> Result<(), JsValue> {
        self.table.route(endpoint, reference, port)
    }

    /// Begins to open a WebSocket to where `port` leads.
    pub(super) fn connect(&self, port: &JsPort) -> Result<WebSocket, JsValue> {
        self.table.connect(port)
    }

    /// Whether the application is asked before each attempt.
    pub(super) fn prepares(&self) -> bool {
        !self.table.value("prepareConnect").is_undefined()
    }

    /// Asks it before the attempt with this `number`, and has `port` told.
    pub(super) fn prepare(&self, number: u32, port: &JsPort, attempt: u32) {
        self.table.prepare(number, port, attempt);
    }

    /// Whether the application authenticates in steps (MQTT 5 §4.12).
    pub(super) fn authenticates(&self) -> bool {
        !self.table.value("authenticate").is_undefined()
    }

    /// Has it take a step, and has `port` told.
    pub(super) fn step(
        &self,
        stage: Stage,
        data: &[u8],
        detail: &JsValue,
        more: &Given,
        port: &JsPort,
        attempt: u32,
    ) {
        let stage = stage as u8;
        self.table.step(stage, data, detail, more, port, attempt);
    }

    /// All of them.
    pub(super) fn given(&self) -> &Given {
        &self.table
    }

    /// What the machine is to connect with.
    pub(super) fn connecting(&self) -> Config {
        let table = &self.table;
        let is_lost = |name| table.is("whenSessionLost", name);
        Config {
            version: self.version(),
            client_id: self.client_id(),
            clean_session: self.is_clean(),
            keep_alive: table.number("keepAlive") as u16,
            username: table.text("username"),
            password: table.bytes("password"),
            will: self.will(),
            session_expiry_interval: table.optional("sessionExpiryInterval"),
            receive_maximum: table.optional16("receiveMaximum"),
            inflight_window: table.optional16("inflightWindow"),
            maximum_packet_size: table.optional("maximumPacketSize"),
            topic_alias_maximum: table.number("topicAliasMaximum") as u16,
            automatic_topic_aliases: table.flag("automaticTopicAliases"),
            user_properties: table.bytes("userProperties.properties").unwrap_or_default(),
            request_response_information: table.flag("requestResponseInformation"),
            request_problem_information: table.flag("requestProblemInformation"),
            timeout: self.timeout(),
            republish_interval: table.number("republishInterval") as u64,
            when_session_lost: if is_lost("default") {
                WhenSessionLost::RepublishQos1
            } else if is_lost("republish") {
                WhenSessionLost::Republish
            } else if is_lost("discard") {
                WhenSessionLost::Discard
            } else {
                WhenSessionLost::Ask
            },
            manual_ack: self.acknowledging() != Acknowledging::Automatic,
            resume_without_state: table.flag("resumeWithoutState"),
            reconnect: self.reconnect(),
            endpoints: table.number("url.urls.length") as u32,
            follow_references: table.number("followServerReference") != 0.0,
            fresh_credentials: self.prepares(),
            resubscribe: table.flag("resubscribe"),
            authentication: table.text("authenticate.method"),
        }
    }

    fn will(&self) -> Option<WillMessage> {
        let table = &self.table;
        Some(WillMessage {
            topic: table.text("will.topic")?,
            payload: table.bytes("will.payload").unwrap_or_default(),
            qos: table.qos("will.qos"),
            retain: table.flag("will.retain"),
            properties: table.bytes("will.properties").unwrap_or_default(),
        })
    }

    fn reconnect(&self) -> Option<ReconnectPolicy> {
        let milliseconds = |path| self.table.number(path) as u64;
        // Of `false` there is no part.
        self.table.optional("reconnect.minDelay")?;
        Some(ReconnectPolicy {
            min_delay: milliseconds("reconnect.minDelay"),
            max_delay: milliseconds("reconnect.maxDelay"),
            jitter: self.table.flag("reconnect.jitter"),
            attempts: self.table.optional("reconnect.attempts"),
            stable_after: milliseconds("reconnect.stableAfter"),
        })
    }
}
