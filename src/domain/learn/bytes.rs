//! A model as bytes, to be stored: little-endian numbers, lists with their lengths before them. What is read is checked as it is read;
//! no length is believed further than the bytes reach.

/// Why bytes are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("these bytes are no model")]
    NoModel,
    #[error("the model is of version {0}, which this program does not read")]
    Version(u32),
    #[error("the model is damaged: its checksum is wrong")]
    Checksum,
    #[error("the model is damaged: it ends too early")]
    Short,
    #[error("the model is damaged: its parts contradict each other")]
    Contradiction,
}

/// A number of fixed size.
pub trait Number: Copy {
    const SIZE: usize;
    fn put(self, out: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Number for $number {
            const SIZE: usize = size_of::<$number>();
            fn put(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
            fn get(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$number>()];
                own.copy_from_slice(bytes);
                Self::from_le_bytes(own)
            }
        })+
    };
}

numbers!(u16, i16, u32, u64, f32);

/// Bytes being written.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn number(&mut self, number: impl Number) {
        number.put(&mut self.0);
    }

    pub fn list<T: Number>(&mut self, list: &[T]) {
        self.number(list.len() as u64);
        self.0.reserve(list.len() * T::SIZE);
        for number in list {
            number.put(&mut self.0);
        }
    }

    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }
}

/// Bytes being read.
#[derive(Debug)]
pub struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Damaged::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn number<T: Number>(&mut self) -> Result<T, Damaged> {
        Ok(T::get(self.take(T::SIZE)?))
    }

    /// A length that the bytes left can hold, at so many bytes an item.
    pub fn length(&mut self, size: usize) -> Result<usize, Damaged> {
        let length = usize::try_from(self.number::<u64>()?).map_err(|_| Damaged::Short)?;
        if length.checked_mul(size).is_some_and(|bytes| bytes <= self.0.len()) {
            Ok(length)
        } else {
            Err(Damaged::Short)
        }
    }

    pub fn list<T: Number>(&mut self) -> Result<Vec<T>, Damaged> {
        let length = self.length(T::SIZE)?;
        Ok(self.take(length * T::SIZE)?.chunks_exact(T::SIZE).map(T::get).collect())
    }

    pub fn text(&mut self) -> Result<String, Damaged> {
        let length = self.length(1)?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Damaged::Contradiction)
    }
}
