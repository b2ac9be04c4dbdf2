#![no_main]

use libfuzzer_sys::fuzz_target;
use mqtt_mooring_fuzz::bodies;

fuzz_target!(|data: &[u8]| bodies::packets::run(data));
