//! Makes inputs of other inputs: bits and bytes changed, lengths edited, parts removed, repeated, inserted, and spliced with
//! another input. The same seed gives the same inputs.

/// Bytes that stand at the edges of what formats allow.
const EDGES: [u8; 12] = [0, 1, 2, 4, 5, 0x0F, 0x10, 0x7F, 0x80, 0x82, 0xFE, 0xFF];

/// The longest input that is made.
const LONGEST: usize = 4096;

/// Draws inputs.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number (SplitMix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `end`, which is above 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// An input made of one of `seeds`, or of nothing.
    pub(crate) fn draw(&mut self, seeds: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut input = match seeds.len() {
            0 => Vec::new(),
            _ if self.below(20) == 0 => Vec::new(),
            count => seeds[self.below(count)].1.clone(),
        };
        for _ in 0..1 << self.below(5) {
            self.mutate(&mut input, seeds);
        }
        input.truncate(LONGEST);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>, seeds: &[(String, Vec<u8>)]) {
        if input.is_empty() {
            let count = 1 + self.below(64);
            input.extend((0..count).map(|_| self.next() as u8));
            return;
        }
        let at = self.below(input.len());
        match self.below(11) {
            0 => input[at] ^= 1 << self.below(8),
            1 => input[at] = self.next() as u8,
            2 => input[at] = EDGES[self.below(EDGES.len())],
            // A length, a count, an identifier: a little more, a little less.
            3 => input[at] = input[at].wrapping_add(1 + self.below(4) as u8),
            4 => input[at] = input[at].wrapping_sub(1 + self.below(4) as u8),
            5 => {
                let far = input[at..].len().min(2 + self.below(3));
                let edge = EDGES[self.below(EDGES.len())];
                input[at..at + far].fill(edge);
            }
            6 => input.truncate(at),
            7 => {
                let end = at + self.below(input.len() - at) + 1;
                input.drain(at..end.min(at + 32));
            }
            8 => {
                let count = 1 + self.below(8);
                let new: Vec<u8> = (0..count).map(|_| self.next() as u8).collect();
                input.splice(at..at, new);
            }
            9 => {
                let end = (at + 1 + self.below(24)).min(input.len());
                let part = input[at..end].to_vec();
                let to = self.below(input.len());
                input.splice(to..to, part);
            }
            _ => {
                if let Some((_, other)) = seeds.get(self.below(seeds.len().max(1)))
                    && !other.is_empty()
                {
                    let from = self.below(other.len());
                    let until = from + 1 + self.below(other.len() - from);
                    let end = if self.below(2) == 0 { at } else { input.len() };
                    input.splice(at..end, other[from..until].iter().copied());
                }
            }
        }
    }
}
