//! What is allocated: nothing to read a PUBLISH, one piece to write one, and never more than was
//! received.
#![cfg(not(target_arch = "wasm32"))]

mod codec_support;

use codec_support::{frame, hex};
use mqtt_mooring::codec::{Property, PropertyBuffer, PropertySet, Publish, QoS, Splitter, Version};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations of this thread, and the bytes they hold now.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        HELD.set(HELD.get() + layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `work` makes.
fn allocations<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = COUNT.get();
    let result = work();
    (COUNT.get() - before, result)
}

#[test]
fn reading_a_publish_allocates_nothing() {
    let mut list = PropertyBuffer::new();
    list.push(Property::ContentType("text/plain")).unwrap();
    list.push(Property::UserProperty("k", "v")).unwrap();
    let packet = Publish {
        dup: false,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "a/b",
        packet_id: Some(codec_support::id(1)),
        properties: list.as_properties(PropertySet::Publish).unwrap(),
        payload: &[7; 1000],
    };
    let mut bytes = Vec::new();
    let (written, result) = allocations(|| packet.encode(Version::V5, &mut bytes));
    assert_eq!((written, result), (1, Ok(())), "one exact reserve");
    assert_eq!(bytes.capacity(), bytes.len());

    let (read, result) = allocations(|| {
        let mut chunk = &bytes[..];
        let mut splitter = Splitter::default();
        let frame = splitter.next(&mut chunk).unwrap().unwrap();
        let read = Publish::decode(Version::V5, frame).unwrap();
        (read.properties.iter().count(), read.payload.len())
    });
    assert_eq!((read, result), (0, (2, 1000)));
}

#[test]
fn a_claimed_length_allocates_nothing() {
    // 256 MiB are promised, ten bytes arrive.
    let begun = hex("30 ff ff ff 7f 00 01 74 00 00");
    let mut splitter = Splitter::default();
    let before = HELD.get();
    assert_eq!(splitter.next(&mut &begun[..]), Ok(None));
    assert!(HELD.get() - before < 100);
}

#[test]
fn a_huge_packet_does_not_keep_its_memory() {
    let payload = vec![0; 1 << 20];
    let mut bytes = hex("30 83 80 40 00 01 74"); // PUBLISH to "t" with 1 MiB
    bytes.extend_from_slice(&payload);
    assert_eq!(frame(&bytes).body.len(), 3 + payload.len());
    let mut splitter = Splitter::default();
    let before = HELD.get();
    let (mut first, mut second) = bytes.split_at(100);
    assert_eq!(splitter.next(&mut first), Ok(None));
    assert!(splitter.next(&mut second).unwrap().is_some());
    assert!(HELD.get() - before >= 1 << 20);
    assert_eq!(splitter.next(&mut second), Ok(None));
    assert!(HELD.get() - before <= 64 * 1024);
}
