//! Closed vocabularies: enums with one stable word each, used in the database, in JSON and in query strings alike.

/// Declares an enum whose variants have a stable word: `as_str`, `FromStr`, `ALL`, serde and the OpenAPI schema agree on it.
macro_rules! vocabulary {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $meaning:literal])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $meaning])* #[serde(rename = $word)] $variant),+
        }

        // By hand: the derive does not see the words that this macro passes on to serde.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let meanings = [$(concat!("- `", $word, "`:", $($meaning),*)),+].join("\n");
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .description(Some(format!("{}\n\n{meanings}", concat!($($about),*).trim())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable word that stands for this value in the database, in JSON and in queries.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::words::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::domain::words::UnknownWord {
                        vocabulary: stringify!($name),
                        word: word.to_owned(),
                        known: &[$($word),+],
                    }),
                }
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The language of what the service itself says.
    Language {
        /// Russian.
        Russian = "ru",
        /// English.
        English = "en",
    }
}

impl Language {
    /// The language of that word; Russian if there is none.
    pub fn of(word: &str) -> Language {
        word.parse().unwrap_or(Language::Russian)
    }

    /// The other one of the two.
    pub fn other(self) -> Language {
        match self {
            Language::Russian => Language::English,
            Language::English => Language::Russian,
        }
    }
}

/// The months in Russian, as they stand after a day: «5 ноября».
pub const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// A word that its vocabulary does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{vocabulary} has no \"{word}\"; it knows {}", known.join(", "))]
pub struct UnknownWord {
    /// The name of the vocabulary.
    pub vocabulary: &'static str,
    /// The word that was given.
    pub word: String,
    /// The words it may be.
    pub known: &'static [&'static str],
}
