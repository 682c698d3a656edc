//! Makes bad bodies of good ones, the same ones for the same seed.

use serde_json::{Map, Number, Value};

/// Deeper than any parser should follow.
const DEEP: usize = 5_000;

/// Makes bad bodies of good ones.
pub struct Mutator(u64);

impl Mutator {
    pub fn new(seed: u64) -> Mutator {
        Mutator(seed)
    }

    /// One more body, made of one or two of the corpus, which has some.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let one = &corpus[self.below(corpus.len())];
        let other = &corpus[self.below(corpus.len())];
        if let (Ok(mut value), true) = (serde_json::from_slice::<Value>(one), self.below(4) > 0) {
            let other = serde_json::from_slice(other).unwrap_or(Value::Null);
            for _ in 0..=self.below(4) {
                self.change_somewhere(&mut value, &other);
            }
            let text = value.to_string();
            return match self.below(30) {
                0 => self.bytes(text.into_bytes(), one),
                // Two keys of one name.
                1 => text.replacen('{', &format!("{{{},", inner(&text)), 1).into_bytes(),
                _ => text.into_bytes(),
            };
        }
        self.bytes(one.clone(), other)
    }

    /// A number below `end`, which is not 0: SplitMix64.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("less than a usize")
    }

    fn bytes(&mut self, mut body: Vec<u8>, other: &[u8]) -> Vec<u8> {
        for _ in 0..=self.below(6) {
            let at = self.below(body.len() + 1);
            match self.below(8) {
                0 => body.truncate(at),
                1 => body.insert(at, 0xff),
                2 => body.insert(at, [0, b'"', b'\\', b'{', b']', 0x1f, 0xc3, 0xed][self.below(8)]),
                3 if at < body.len() => body[at] ^= 1 << self.below(8),
                4 if at < body.len() => drop(body.remove(at)),
                5 => body.splice(at..at, b"\\u0000\\ud800".iter().copied()).for_each(drop),
                6 => {
                    let from = self.below(other.len() + 1);
                    body.truncate(at);
                    body.extend(&other[from..]);
                }
                _ if self.below(50) == 0 => body.splice(at..at, "[".repeat(DEEP).into_bytes()).for_each(drop),
                _ => body.splice(at..at, b"9".repeat(self.below(400))).for_each(drop),
            }
        }
        body
    }

    fn change_somewhere(&mut self, value: &mut Value, other: &Value) {
        // Down a random way; the leaf or branch where it ends is changed.
        let stop = self.below(6) == 0;
        match value {
            Value::Object(map) if !map.is_empty() && !stop => {
                let key = self.key_of(map);
                match self.below(12) {
                    0 => drop(map.remove(&key)),
                    1 => drop(map.insert(self.word(), map[&key].clone())),
                    2 => {
                        let second = self.key_of(map);
                        let (a, b) = (map[&key].clone(), map[&second].clone());
                        map.insert(key, b);
                        map.insert(second, a);
                    }
                    3 => drop(map.insert(key, self.part_of(other))),
                    _ => self.change_somewhere(map.get_mut(&key).expect("a key of the map"), other),
                }
            }
            Value::Array(list) if !list.is_empty() && !stop => {
                let at = self.below(list.len());
                match self.below(6) {
                    0 => drop(list.remove(at)),
                    1 => {
                        let one = list[at].clone();
                        list.extend(std::iter::repeat_n(one, self.below(120)));
                    }
                    _ => self.change_somewhere(&mut list[at], other),
                }
            }
            leaf => *leaf = self.strange(leaf, other),
        }
    }

    fn key_of(&mut self, map: &Map<String, Value>) -> String {
        let at = self.below(map.len());
        map.keys().nth(at).cloned().unwrap_or_default()
    }

    /// A value from somewhere in another body.
    fn part_of(&mut self, other: &Value) -> Value {
        let deeper = match other {
            Value::Object(map) if !map.is_empty() => map.values().nth(self.below(map.len())),
            Value::Array(list) if !list.is_empty() => list.get(self.below(list.len())),
            _ => None,
        };
        match deeper {
            Some(deeper) if self.below(3) > 0 => self.part_of(deeper),
            _ => other.clone(),
        }
    }

    /// Something in the place of `was`: often of another type, always unexpected.
    fn strange(&mut self, was: &Value, other: &Value) -> Value {
        let numbers =
            [0, 1, -1, 40, i64::MAX, i64::MIN, 946_684_799, -1_001_700_000_001, 253_402_300_800, 1_790_000_000_000];
        match self.below(14) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 | 3 => Value::from(numbers[self.below(numbers.len())]),
            4 => Value::from(u64::MAX),
            5 => Number::from_f64([1e308, -0.0, 1e-300, 90.000_001, 54.5][self.below(5)])
                .map_or(Value::Null, Value::Number),
            // A number as text, a text as number.
            6 => match was {
                Value::Number(number) => Value::String(number.to_string()),
                _ => Value::from(7),
            },
            7 => Value::Array(vec![was.clone()]),
            8 => Value::Object(Map::from_iter([(self.word(), was.clone())])),
            9 => (0..self.below(90)).fold(was.clone(), |deep, _| Value::Array(vec![deep])),
            10 => self.part_of(other),
            // Longer than a text may be, but seldom: long bodies take long.
            11 if self.below(25) == 0 => Value::String("я\u{0}\u{1f}".repeat(self.below(30_000))),
            11 => Value::String("я\u{0}\u{1f}".repeat(self.below(120))),
            12 => Value::String(self.word().repeat(self.below(120))),
            _ => Value::String(self.word()),
        }
    }

    fn word(&mut self) -> String {
        let words = [
            "",
            " ",
            "\u{0}",
            "\u{1f}",
            "x",
            "message",
            "text",
            "id",
            "https://example.org/?a=b c",
            "javascript:alert(1)",
            "-100",
            "../..",
            "reply",
            "dialog",
            "private",
            "ж",
            "\u{feff}\u{202e}",
            "/start",
            "2025-01-01T00:00:00Z",
            "mid.x",
            "telegram:file/",
        ];
        words[self.below(words.len())].to_owned()
    }
}

/// What stands between the outermost braces.
fn inner(text: &str) -> &str {
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or("\"x\":1")
}
