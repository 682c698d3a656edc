//! One value of any column, and how the types of columns are told from the schema.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::AstPass;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Bool, Double, Integer, Nullable, SqlType, Text};
use diesel::sqlite::Sqlite;

use super::Column;
use crate::domain::{At, Id};
use crate::store::conn::MultiBackend;
use crate::store::types::{Guid, Json, Moment};

/// Declares the types that columns have: the name of each among the SQL types, what it is in Rust, and its word in a backup.
macro_rules! types {
    ($($name:ident: $rust:ty = $word:literal),+ $(,)?) => {
        /// The type of a column, as both engines have it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Type {
            $($name),+
        }

        impl Type {
            /// The word that stands for this type in a backup.
            pub const fn as_str(self) -> &'static str {
                match self { $(Type::$name => $word),+ }
            }
        }

        /// One value of one column; what is `None` is null.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Value {
            $($name(Option<$rust>)),+
        }

        impl Value {
            /// Reads a raw value as one of this type.
            pub(super) fn of(ty: Type, raw: Option<<MultiBackend as Backend>::RawValue<'_>>) -> deserialize::Result<Value> {
                Ok(match ty {
                    $(Type::$name => Value::$name(FromSql::<Nullable<$name>, MultiBackend>::from_nullable_sql(raw)?)),+
                })
            }

            /// The null of a type.
            pub const fn null(ty: Type) -> Value {
                match ty { $(Type::$name => Value::$name(None)),+ }
            }

            /// Lets a statement bind this value.
            pub(super) fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
                match self { $(Value::$name(value) => out.push_bind_param::<Nullable<$name>, _>(value)),+ }
            }
        }

        $(impl Typed for $name {
            const TYPE: Type = Type::$name;
        })+
    };
}

types! {
    Guid: Id = "guid",
    Moment: At = "moment",
    Json: JsonText = "json",
    Text: String = "text",
    BigInt: i64 = "bigint",
    Integer: i32 = "integer",
    Bool: bool = "bool",
    Double: f64 = "double",
    Binary: Vec<u8> = "bytes",
}

/// A JSON document as its text: it is carried as it is, so that no number in it can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(pub String);

impl FromSql<Json, Pg> for JsonText {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [1, text @ ..] => Ok(JsonText(std::str::from_utf8(text)?.to_owned())),
            _ => Err("jsonb in a version other than 1".into()),
        }
    }
}

impl FromSql<Json, Sqlite> for JsonText {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(value).map(JsonText)
    }
}

impl FromSql<Json, MultiBackend> for JsonText {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<JsonText, Json>()
    }
}

impl ToSql<Json, Pg> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &[1])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Json, Sqlite> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl ToSql<Json, MultiBackend> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Json, self));
        Ok(IsNull::No)
    }
}

/// A SQL type that has a [`Type`].
pub(super) trait Typed {
    const TYPE: Type;
}

impl<T: Typed + SqlType> Typed for Nullable<T> {
    const TYPE: Type = T::TYPE;
}

/// All columns of a table: a tuple of their types.
pub(super) trait Described {
    fn describe(into: &mut Vec<Column>);
}

macro_rules! described {
    () => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first: diesel::Column, $($rest: diesel::Column),*> Described for ($first, $($rest,)*)
        where
            $first::SqlType: Typed,
            $($rest::SqlType: Typed,)*
        {
            fn describe(into: &mut Vec<Column>) {
                into.push(Column { name: $first::NAME, ty: <$first::SqlType as Typed>::TYPE });
                $(into.push(Column { name: $rest::NAME, ty: <$rest::SqlType as Typed>::TYPE });)*
            }
        }
        described!($($rest)*);
    };
}
described!(
    C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 C27 C28 C29 C30 C31 C32
    C33 C34 C35 C36 C37 C38 C39 C40 C41 C42 C43 C44 C45 C46 C47 C48 C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 C59 C60 C61 C62
    C63 C64
);
