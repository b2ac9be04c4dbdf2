//! The MQTT wire format, 3.1.1 and 5: bytes to packets, packets to bytes.
//!
//! Here live the rules a single packet can be held against on its own: lengths, flags, UTF-8, which
//! property may stand where, which reason code fits which packet. What needs memory of another
//! packet (is this alias known, is this packet id in use, was Receive Maximum respected) must never
//! come here; it belongs to the session and the connection. There is no clock, no socket, no
//! storage and no state but the bytes [`Splitter`] carries over.
//!
//! The version is a parameter, never a second set of functions: 3.1.1 is the wire format of 5 with
//! no properties and fewer reason codes, and reading it that way keeps the two from drifting apart.
//!
//! Decoding borrows: topics, payloads and properties point into the received bytes. Encoding
//! measures first, which is where everything that cannot be put on the wire is refused, and writes
//! afterwards, which cannot fail; so an [`EncodeError`] leaves the output buffer as it was.
//!
//! | room | idea |
//! | --- | --- |
//! | `basics` | the words all others use: version, QoS, packet type |
//! | `wire` | integers, strings and binary data as they lie in the bytes |
//! | `frame` | a stream of chunks becomes a sequence of frames |
//! | `reason` | reason codes, and which packet may carry which |
//! | `property`, `properties` | one property; a validated list of them |
//! | `topic` | what a topic name and a topic filter may look like, and whether the two match |
//! | `connect`, `connack`, `ping`, `disconnect` | the packets that open, keep and close a connection |
//! | `publish`, `ack`, `subscribe`, `suback` | the packets that carry messages, and who gets them |
//! | `answer` | what the answers of a server have in common |
//! | `packet` | any of the fifteen, for those who do not know which |
//! | `describe` | any of them as one readable line, for traces |
//! | `error` | why bytes or packets were refused |

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod ack;
mod answer;
mod basics;
mod connack;
mod connect;
mod describe;
mod disconnect;
mod error;
mod frame;
mod packet;
mod ping;
mod properties;
mod property;
mod publish;
mod reason;
mod suback;
mod subscribe;
mod topic;
mod wire;

pub use ack::Ack;
pub(crate) use answer::{Answer, property_set};
pub use basics::{PacketId, PacketType, QoS, Version};
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use describe::{Description, describe};
pub use disconnect::{Auth, Disconnect};
pub use error::{DecodeError, EncodeError, TopicError};
pub use frame::{Frame, Splitter};
pub use packet::Packet;
pub use ping::{PingReq, PingResp};
pub use properties::{Properties, PropertyBuffer, PropertyIter, PropertySet};
pub use property::{Property, PropertyId};
pub use publish::Publish;
pub use reason::ReasonCode;
pub use suback::{SubAck, UnsubAck};
pub(crate) use subscribe::encode_filters;
pub use subscribe::{RetainHandling, Subscribe, SubscriptionOptions, Unsubscribe};
pub(crate) use topic::has_wildcard;
pub use topic::{is_shared, matches, validate_filter, validate_name};
