// Every sentence that Rust has something to say with, a line each, by number: in the WebAssembly there are the numbers only, and
// nothing that puts words together. "sentences.rs" reads this very file: a sentence that Rust says and this table lacks does not
// compile.
//
// In a line stand %number, %hex (two digits), %text, %quoted (a text of the other side's), %sentence (another line, with what
// stands in that) and %why (the message of the error that led to this one) and %close (the close code of a
// WebSocket; 0: none is known). Below "== CODE" are the sentences of errors with that code; what stands above all codes is said within others,
// or in the log.
//
// Must never live here: a decision; and, up to the table, a backquote.

const LINES = `
will
CONNECT
CONNACK
PUBLISH
PUBACK
PUBREC
PUBREL
PUBCOMP
SUBSCRIBE
SUBACK
UNSUBSCRIBE
UNSUBACK
PINGREQ
PINGRESP
DISCONNECT
AUTH
Success
Granted QoS 1
Granted QoS 2
Disconnect with Will Message
No matching subscribers
No subscription existed
Continue authentication
Re-authenticate
Unspecified error
Malformed Packet
Protocol Error
Implementation specific error
Unsupported Protocol Version
Client Identifier not valid
Bad User Name or Password
Not authorized
Server unavailable
Server busy
Banned
Server shutting down
Bad authentication method
Keep Alive timeout
Session taken over
Topic Filter invalid
Topic Name invalid
Packet Identifier in use
Packet Identifier not found
Receive Maximum exceeded
Topic Alias invalid
Packet too large
Message rate too high
Quota exceeded
Administrative action
Payload format invalid
Retain not supported
QoS not supported
Use another server
Server moved
Shared Subscriptions not supported
Connection rate exceeded
Maximum connect time
Subscription Identifiers not supported
Wildcard Subscriptions not supported
Unknown reason code
Granted QoS 0
Normal disconnection
packet type 0 is forbidden
expected %sentence, found %sentence
%sentence with fixed header flags %number
PUBLISH with QoS 3
PUBLISH with DUP at QoS 0
%text is not a well-formed variable byte integer
packet of %number bytes, %number are allowed
packet ends inside its %text
%sentence goes on after its last field
%text is not UTF-8
%sentence with packet identifier 0
unknown property %number
%text does not belong in %sentence
%text more than once
%text with a value it must not have
Authentication Data without Authentication Method
AUTH without Authentication Method
%sentence with reason code %number
CONNACK with flags %number
CONNECT for another protocol than MQTT
CONNECT with protocol level %number
CONNECT with its reserved flag set
CONNECT with inconsistent will flags
CONNECT with a password but no user name
CONNECT with neither client identifier nor clean session
SUBSCRIBE with options %number
SUBSCRIBE with No Local on a shared subscription
PUBLISH with neither topic name nor topic alias
the server sent a malformed packet: %sentence
the server sent %sentence before CONNACK
the server sent a second CONNACK
the server sent %sentence, which it must not send here
the server sent %sentence for a message that is not at that stage
the server's %sentence does not have one reason code for each filter
the server claims a session although a clean one was asked for
the server sent more unacknowledged messages than receiveMaximum allows: set a higher one, or acknowledge sooner
the server used a topic alias that is out of range or was never set
the server sent a WebSocket text frame; MQTT is binary: is this an MQTT endpoint?
the server sent more than 16 MiB while "connected" handlers were running
the server sent %sentence with a Reason String or User Properties although requestProblemInformation is false
the server did not name the authentication method that CONNECT named: it lets nobody in by that
this page may not use that storage
there is no room for %number bytes
the store failed
, or let go of the session with discardSession()
; saveSession() stored it under this sessionKey: discardSession() lets go of it, and nothing of it was changed
the message to "%text" was not sent: %why
: %text
the request
the message to "%text"
a change of the session
the record "%text" of the session
it was not sent
the server may have done it all the same
it may be on its way, and stays in the session: messageOut or messageLost will tell
received 
sent 
session of "%text": %number messages replayed, %number in the outbox
storing %number changes of the session
packet
, malformed: %sentence
, remaining length %number
, packet identifier %number
 QoS %number
, %quoted
, %sentence
, %sentence (%number)
, session present
, client identifier %quoted
, clean start
, keep alive %number
, with user name
, with password
, will %quoted
, RETAIN
 alias %number
, DUP
, payload %number bytes
== USAGE
a connection exists or is being made: await disconnect() first
a session that is not clean needs a clientId: set one, or cleanSession to true
durable keeps the session: set cleanSession to false, and no sessionExpiryInterval of 0
this client still holds messages of another clientId or protocolVersion: set it back, use a second client (with a sessionKey of its own), or discardSession() to let go of them
receiveMaximum, inflightWindow and maximumPacketSize must be above 0
bad properties: %sentence
%text is longer than 65535 bytes
%text contains U+0000
there is no %sentence in MQTT 3.1.1
%sentence does not acknowledge a PUBLISH
CONNECT is for another version
%sentence has no properties in MQTT 3.1.1
properties do not belong in %sentence
%text with a value it cannot have
%sentence cannot say %sentence
CONNACK refuses and says session present
MQTT 3.1.1 needs a user name with the password
MQTT 3.1.1 needs a client identifier unless the session is clean
PUBLISH above QoS 0 needs a packet identifier
PUBLISH at QoS 0 has no packet identifier
PUBLISH at QoS 0 cannot be a duplicate
%sentence with nothing in it
MQTT 3.1.1 has no subscription option but QoS
a shared subscription cannot be No Local
%text: only in MQTT 5, and 3.1.1 is spoken here: set protocolVersion to "5"; with protocolFallback, look at ConnectResult.protocolVersion first
reasonCode: %sentence of a client cannot say 0x%hex (%sentence)
sessionExpiryInterval: the session was to end with its connection, and cannot be kept longer than that: connect with a sessionExpiryInterval above 0
this server speaks MQTT 3.1.1 only, and the session at hand holds messages of MQTT 5, which cannot go on in 3.1.1: connect to a server that speaks MQTT 5, use a second client (with a sessionKey of its own), or discardSession() to let go of them
%text: only in MQTT 3.1.1; set protocolVersion to "3.1.1"
no topic filter was given
noLocal: MQTT forbids it on a shared subscription [MQTT-3.8.3-4]; leave it out
payloadFormat: the payload is not "utf-8" (MQTT 5 §3.3.2.3.2): give text, or say that it is "bytes"
this connection began without enhanced authentication: set authenticate, and connect() with it
an authentication is under way: await it first
restoreSession() works before connect() or inside a "connected" handler, before it publishes or subscribes and awaits that
this client holds messages of a session that is not durable: make another client for the durable one, or set durable before the first connect()
this client was freed: make a new one
durable needs a sessionKey: the name the session is stored under
pending() is for durable sessions: set the options durable and sessionKey
the function given as whenSessionLost must return "republish" or "discard": the default rule was followed
reauthenticate() is for connections made with the option authenticate
reauthenticate() was called before and is not over yet: await it first
the durable session was not read yet: await connect() or pending() first, or exportSession()
a durable session is restored by itself: connect(), publish() and pending() do it
restoreSession() takes the string that saveSession() returned, "" for an empty session; without it, set a sessionKey
what is set as "storage" or "sealing" answers with promises, and saveSession() cannot wait for them: use exportSession()
what is set as "storage" or "sealing" answers with promises, and restoreSession() cannot wait for them: use importSession()
no WebSocket to %text can be made
== INVALID_TOPIC
topic name: %sentence
topic filter: %sentence
is empty
is longer than 65535 bytes
contains U+0000
a name cannot contain + or #
# must be the whole last level
+ must be a whole level
$share/ needs a share name without + and #
$share/{name} needs a topic filter after it
== NOT_CONNECTED
there is no connection: await connect() first
there is no connection yet: await connect(), or its event "connected"; QoS 0 waits for one only with outbox.queueQos0
== TIMEOUT
no session with %text within the timeout: is it an MQTT server? Do "connected" handlers wait too long?
%sentence: it was taken back: it was not sent and never will be
prepareConnect, or authenticate, did not answer within the timeout
the storage of the durable session did not answer within the timeout
%sentence was not done within its timeout: %sentence
== ABORTED
the message to "%text": it was taken back: it was not sent and never will be
%sentence was aborted: %sentence
the signal of connect() was aborted
== DISCONNECTED
the client was freed
given up meanwhile
disconnect() was called before the durable session was open
disconnect() was called meanwhile
== SESSION_CORRUPT
this is not a saved session: it does not begin with "mooring", a number and ":"
the saved session has a character that does not belong: it was changed on its way
the saved session is truncated or was changed on its way: its checksum is wrong
the saved session ends inside the field "%text"
the saved session has an invalid field "%text"
== SESSION_NEWER_FORMAT
the session was saved in format %number by a newer version of mqtt-mooring; this one reads up to %number: update the package
== SESSION_FOREIGN
the session was saved by the client "%text": set that clientId
the session was saved under MQTT 3.1.1: set protocolVersion to "3.1.1"
the session was saved under MQTT 5: set protocolVersion to "5"
== SESSION_EXPIRED
the session expired %number s ago, the server no longer has it: connect without it, or save with a longer sessionExpiryInterval
== SESSION_NOT_FOUND
nothing is saved under the sessionKey "%text": saveSession() first, or go on with a new session
== PACKET_TOO_LARGE
the packet has %number bytes; this server takes %number (serverLimits.maximumPacketSize): send less at once
packet is larger than MQTT allows
== NOT_AVAILABLE
this server has no %text
== OUTBOX_FULL
the message to "%text": it made room in the outbox for a later one (whenFull is "dropOldest")
the message is larger than outbox.maxBytes
%number messages are waiting to be sent, as many or as large as outbox.maxMessages and outbox.maxBytes allow: await some of them first
all 65535 packet identifiers are in use: await some messages first
== STORAGE_CLEARED
somebody removed or changed the stored session; it is written again as this page has it
== SESSION_IN_USE
another tab or client of this origin holds the session "%text": close it or free() it, or set sessionInUse to "wait"
another tab or client of this origin writes the same session, and there are no Web Locks here to keep it out: close one of the two
== SESSION_SEALED
the stored session is sealed and cannot be opened: set the option "sealing" that it was sealed with, or let go of it with discardSession(). Nothing of it was changed
== LOCKS_UNAVAILABLE
there are no Web Locks here (a page needs https:// or localhost): nothing keeps a second tab or client from using the same session at the same time
== AUTHENTICATION_FAILED
%text: the authentication failed on this side
== QUOTA_EXCEEDED
storage is full: saving this session needs %number bytes; what was saved before is still there. Make room, or keep the string elsewhere
storage is full: %sentence needs %number bytes; nothing that depends on it was sent. Make room
== STORAGE_DENIED
the storage that the option "storage" names cannot be used here (a worker, a server, a sandboxed frame, or a setting of the browser): the session is kept in memory and will not survive a reload
== STORAGE_FAILED
the storage that the option "storage" names, or what was given as "sealing", failed
== SESSION_UNKNOWN
%text holds a session of this clientId and this client holds none (perhaps the one that an attempt began whose answer was lost): restoreSession() what was saved, or set cleanSession to true to begin anew, or resumeWithoutState to go on without
== KEEP_ALIVE_TIMEOUT
%text did not answer within the keep-alive time
== CONNECTION_LOST
could not connect to %text%close: is the server running, and is this the address of its MQTT over WebSocket listener?
%text closed the connection before it was established%close: does it speak this protocolVersion?
the connection to %text broke%close
the connection to %text broke%close: connect() again, with cleanSession false to go on with the session
the message to "%text": the connection ended before it could be sent
== SESSION_LOST
the message to "%text": the server lost the session, and whether it had received the message is unknown
the message to "%text": the server goes on without it: it never released the message, and has used its place for another one
== SESSION_REPLACED
the message to "%text": a clean session took the place of the one the message was in
the message to "%text": restoreSession() or discardSession() let go of the session the message was in
== MESSAGE_EXPIRED
the message to "%text": its messageExpiryInterval passed before it could be sent
`.split("\n");

const CODE = "== ";

/**
 * The code of the error that a sentence tells of; undefined: none but within others.
 * @param {number} sentence
 * @returns {any}
 */
export const codeOf = (sentence) => LINES.slice(0, sentence).filter((line) => line.startsWith(CODE)).at(-1)?.slice(CODE.length);

/**
 * A line break, say, would make two lines of one in the log.
 * @param {string} text
 */
const visible = (text) => text.replace(/\p{Cc}/gu, "\uFFFD");

/** @type {Record<string, (numbers: number[], texts: string[]) => unknown>} */
const WORDS = {
  number: (numbers) => numbers.shift(),
  hex: (numbers) => hex(/** @type {number} */ (numbers.shift())),
  text: (_, texts) => texts.shift(),
  why: (_, texts) => texts.at(-1),
  quoted: (_, texts) => `"${visible(/** @type {string} */ (texts.shift()))}"`,
  sentence: (numbers, texts) => fill(numbers, texts),
  close: (numbers) => (numbers[0] ? ` (WebSocket close code ${numbers.shift()})` : ""),
};

/**
 * The sentence whose number comes first, with what stands in it.
 * @param {number[]} numbers
 * @param {string[]} texts
 * @returns {string}
 */
const fill = (numbers, texts) => LINES[/** @type {number} */ (numbers.shift())].replace(/%([a-z]+)/g, (_, word) => String(WORDS[word](numbers, texts)));

/**
 * Sentences in words, one behind the other.
 * @param {number[]} numbers of the sentences, each with the numbers that stand in it behind it
 * @param {string[]} texts that stand in them
 */
export const say = (numbers, texts) => {
  let line = "";
  while (numbers.length > 0) line += fill(numbers, texts);
  return line;
};

/** @param {number} code */
export const hex = (code) => code.toString(16).toUpperCase().padStart(2, "0");
