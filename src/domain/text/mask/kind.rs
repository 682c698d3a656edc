//! The kinds of personal data, and sets of them.

use std::fmt;

use crate::domain::words::vocabulary;

vocabulary! {
    /// A kind of personal data that a text may hold.
    PersonalKind {
        /// A date or year of birth.
        BirthDate = "birth_date",
        /// An address of mail.
        Email = "email",
        /// A flat's number.
        Flat = "flat",
        /// The address of a person's profile.
        Link = "link",
        /// A name with its patronymic or with initials.
        Name = "name",
        /// A long number: of a card, an account, a taxpayer.
        Number = "number",
        /// A passport's series and number.
        Passport = "passport",
        /// A telephone number.
        Phone = "phone",
        /// A vehicle's number plate.
        Plate = "plate",
        /// A number of the pension insurance.
        Snils = "snils",
    }
}

impl PersonalKind {
    /// What stands in its place in a masked text.
    pub const fn label(self) -> &'static str {
        match self {
            PersonalKind::BirthDate => "<дата рождения>",
            PersonalKind::Email => "<email>",
            PersonalKind::Flat => "<квартира>",
            PersonalKind::Link => "<ссылка>",
            PersonalKind::Name => "<ФИО>",
            PersonalKind::Number => "<номер>",
            PersonalKind::Passport => "<паспорт>",
            PersonalKind::Phone => "<телефон>",
            PersonalKind::Plate => "<госномер>",
            PersonalKind::Snils => "<СНИЛС>",
        }
    }
}

/// Some kinds of personal data, each once, in the order of their words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// The kinds that these words name, divided by spaces, as [`Kinds`] is written. Words that are not known are passed over.
    pub fn of_words(words: &str) -> Kinds {
        words.split(' ').filter_map(|word| word.parse().ok()).collect()
    }

    /// Those in either.
    #[must_use]
    pub fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = PersonalKind> {
        PersonalKind::ALL.iter().copied().filter(move |kind| self.0 & bit(*kind) != 0)
    }
}

fn bit(kind: PersonalKind) -> u16 {
    1 << (kind as u16)
}

impl FromIterator<PersonalKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = PersonalKind>>(kinds: I) -> Kinds {
        Kinds(kinds.into_iter().fold(0, |set, kind| set | bit(kind)))
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, kind) in self.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(kind.as_str())?;
        }
        Ok(())
    }
}
