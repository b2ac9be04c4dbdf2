//! A client on the command line for servers that examine it: connects to the address it is given, obeys commands that
//! come line by line, and prints what happens, a line each. docs/peer.md describes all of it; `www/peer.html` is the
//! same in a browser.
//!
//! | room | idea |
//! | --- | --- |
//! | `words` | the grammar of lines |
//! | `command` | what can be asked |
//! | `options` | what a connection is made with |
//! | `lines` | what is printed |
//! | `link` | the socket: plain TCP, or WebSocket |
//! | `driver` | the machine between all of these |

#[cfg(not(target_arch = "wasm32"))]
mod command;
#[cfg(not(target_arch = "wasm32"))]
mod driver;
#[cfg(not(target_arch = "wasm32"))]
mod lines;
#[cfg(not(target_arch = "wasm32"))]
mod link;
#[cfg(not(target_arch = "wasm32"))]
mod options;
#[cfg(not(target_arch = "wasm32"))]
mod words;

#[cfg(not(target_arch = "wasm32"))]
mod arguments;

/// Exit codes: 0 it ended as it was asked to, 1 the connection ended otherwise, 2 the arguments make no sense.
#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    arguments::main()
}

/// Pages have `www/peer.html`.
#[cfg(target_arch = "wasm32")]
fn main() {}
